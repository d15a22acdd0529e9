# gda-bench in a container: docker run gda-bench run --task medmnist
#
# GPU:       docker run --gpus all ...                  (NVIDIA's container toolkit on the host)
# CPU only:  docker build --build-arg TORCH_INDEX=<an index of CPU wheels> ...
# Offline:   Fashion-MNIST is in the image; everything that is written goes to the volume /data.
FROM python:3.11-slim-bookworm

# real images for a machine without network
RUN apt-get update \
    && apt-get install -y --no-install-recommends dataset-fashion-mnist \
    && rm -rf /var/lib/apt/lists/*

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /opt/gda-bench

# from here on, slow layers first: torch, then the other dependencies, then the code
ARG TORCH_INDEX=""
COPY constraints.txt ./
RUN pip install --constraint constraints.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} torch torchvision

COPY pyproject.toml ./
RUN python -c "import tomllib; print('\n'.join(tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']))" \
        > requirements.txt \
    && pip install --constraint constraints.txt --requirement requirements.txt hatchling

COPY README.md LICENSE NOTICE ./
COPY benchmark benchmark
COPY tasks tasks
COPY generators generators
COPY classifiers classifiers
COPY leaderboard leaderboard
RUN pip install --no-deps --no-build-isolation . \
    # what the image holds, as one digest: reports carry it
    && { dpkg-query -W; pip freeze; find benchmark tasks generators classifiers leaderboard -type f -print0 \
         | sort -z | xargs -0 sha256sum; } | sha256sum | sed 's/ .*//; s/^/contents-sha256:/' > /etc/gda-bench-image-digest

# the code belongs to root: the user that runs it cannot change it
RUN useradd --uid 1000 --home-dir /data --no-create-home --shell /usr/sbin/nologin gda \
    && mkdir -p /data/store /data/datasets /data/tmp \
    && chown -R gda:gda /data
ARG GIT_COMMIT=""
ENV HOME=/data TMPDIR=/data/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    GDA_BENCH_STORE=/data/store GDA_BENCH_DATA=/data/datasets GDA_BENCH_GIT_COMMIT=$GIT_COMMIT \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
LABEL org.opencontainers.image.title="gda-bench" \
      org.opencontainers.image.description="What is one synthetic image worth in real images?" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision=$GIT_COMMIT
USER gda
WORKDIR /data
VOLUME /data
ENTRYPOINT ["gda-bench"]
CMD ["--help"]
