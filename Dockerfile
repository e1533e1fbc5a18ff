# The argosy image: runs the `select` and `register` steps of pipelines in a cluster.
ARG BASE=python:3.12-slim
FROM ${BASE}
WORKDIR /opt/argosy
COPY requirements/image.lock ./requirements.lock
RUN python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY compiler compiler
COPY gitops gitops
COPY argosy argosy
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation .
ENV HOME=/tmp PYTHONDONTWRITEBYTECODE=1 MLFLOW_DISABLE_TELEMETRY=true
USER 8737
WORKDIR /work
