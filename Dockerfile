# modelslab-mock in a container: docs/container.md says how to use it.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv --without-pip /opt/modelslab-mock
RUN pip --python /opt/modelslab-mock install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY mock_server mock_server
RUN pip --python /opt/modelslab-mock wheel --no-deps --no-build-isolation -w dist .
RUN pip --python /opt/modelslab-mock install --no-cache-dir --no-deps --no-index dist/*.whl

FROM python:3.13-slim-bookworm
COPY --from=build /opt/modelslab-mock /opt/modelslab-mock
ENV PATH=/opt/modelslab-mock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    MODELSLAB_MOCK_HOST=0.0.0.0 \
    MODELSLAB_MOCK_LINK_HOST=modelslab-mock,host.docker.internal \
    MODELSLAB_MOCK_READY_FILE=/tmp/modelslab-mock.json
# A modelslab-mock.yaml that is mounted here is read.
WORKDIR /work
USER 10001:10001
EXPOSE 4777
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=3 \
    CMD ["modelslab-mock", "wait", "--timeout", "0"]
ENTRYPOINT ["modelslab-mock"]
CMD ["serve"]
