# depgen as an image: for the sweep, checks and the executor plugin in the cluster, and for pipelines that build graphs.
# docker build -t depgen .
FROM python:3.13.1-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY generator generator
COPY eventsources eventsources
COPY sensors sensors
COPY schemas schemas
RUN python -m venv /opt/depgen && /opt/depgen/bin/pip install --no-cache-dir '.[cluster,plugin,postgresql]'

FROM python:3.13.1-slim-bookworm
COPY --from=build /opt/depgen /opt/depgen
COPY --chmod=755 image/check_workflow_status.sh /usr/local/bin/
ENV PATH=/opt/depgen/bin:$PATH PYTHONDONTWRITEBYTECODE=1
# Of no name in the image, so that a cluster can tell it is not root; nothing is written to the root file system.
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["depgen"]
