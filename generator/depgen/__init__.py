"""depgen compiles one readable dependency graph into Argo Events EventSources and Sensors."""

__version__ = "0.1.0"
