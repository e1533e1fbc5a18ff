# The image of the `select` and `register` steps: Argosy and what it needs, nothing to build with.
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements/image.lock requirements/image.lock
RUN python -m venv --without-pip /opt/argosy \
 && python -m pip --python /opt/argosy install --require-hashes -r requirements/image.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY compiler compiler
COPY gitops gitops
COPY argosy argosy
RUN python -m pip --python /opt/argosy install --no-deps --no-build-isolation . \
 && python -m pip --python /opt/argosy uninstall --yes hatchling editables trove-classifiers \
 && /opt/argosy/bin/argosy --version

FROM ${BASE}
LABEL org.opencontainers.image.title="argosy" \
      org.opencontainers.image.description="GitOps pipelines for machine learning on Argo Workflows" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/argosy /opt/argosy
ENV PATH=/opt/argosy/bin:$PATH HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MLFLOW_DISABLE_TELEMETRY=true
USER 8737
WORKDIR /work
