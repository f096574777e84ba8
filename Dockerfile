# depgen as an image: for the sweep, checks and the executor plugin in the cluster, and for pipelines that build graphs.
# docker build -t depgen --build-arg REVISION="$(git rev-parse HEAD)" --build-arg CREATED="$(date -u +%FT%TZ)" .
FROM python:3.13.1-slim-bookworm AS build
WORKDIR /src
# What depgen needs, in these versions and with these hashes; `make lock` writes them anew.
COPY image/requirements.txt requirements.txt
RUN python -m venv /opt/depgen && /opt/depgen/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY generator generator
COPY eventsources eventsources
COPY sensors sensors
COPY schemas schemas
COPY man man
RUN /opt/depgen/bin/pip install --no-cache-dir --no-deps . && /opt/depgen/bin/pip check
# What is in it, as CycloneDX.
RUN python -m venv /opt/sbom && /opt/sbom/bin/pip install --no-cache-dir cyclonedx-bom==7.5.0 \
  && /opt/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
    --output-file /opt/depgen/sbom.cdx.json /opt/depgen

FROM python:3.13.1-slim-bookworm
ARG VERSION=0.1.0
ARG REVISION=""
ARG CREATED=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="depgen" \
  org.opencontainers.image.description="Compile one readable dependency graph into Argo Events EventSources and Sensors." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.created="$CREATED" \
  org.opencontainers.image.source="$SOURCE" \
  org.opencontainers.image.base.name="docker.io/library/python:3.13.1-slim-bookworm" \
  io.depgen.sbom="/opt/depgen/sbom.cdx.json"
COPY --from=build /opt/depgen /opt/depgen
COPY --chmod=755 image/check_workflow_status.sh /usr/local/bin/
ENV PATH=/opt/depgen/bin:$PATH PYTHONDONTWRITEBYTECODE=1
# Of no name in the image, so that a cluster can tell it is not root; nothing is written to the root file system.
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["depgen"]
