# The `troupe` program in an image: `docker build -t troupe .`
#
#   docker run --rm troupe --version
#   docker run troupe node --name a --listen 0.0.0.0:7001 --security-trust-network true
#
# All stages begin from Debian's own image; where no registry can be reached, scripts/debian-image
# makes one under the same name.
ARG DEBIAN=debian:bookworm-slim

# First, as docker-compose 1.29 builds every stage above the one that is wanted: an image with
# another program, such as that of the tests, needs this one alone.
FROM ${DEBIAN} AS runtime
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libstdc++6 libzmq5 libhiredis0.14 libsqlite3-0 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin troupe
# By its number, so that whoever refuses to run root can see that it is not.
USER 10001
STOPSIGNAL SIGTERM
# Whether the node that has these settings lives and is ready.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["troupe", "status"]
# In exec form, so that the program itself gets the signal.
ENTRYPOINT ["troupe"]
CMD ["node"]

FROM ${DEBIAN} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      g++ cmake ninja-build libexpected-dev libmsgpack-cxx-dev cppzmq-dev libzmq3-dev \
      libhiredis-dev libsqlite3-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN cmake -S /src -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DTROUPE_UNITY=ON \
      -DCMAKE_EXE_LINKER_FLAGS=-s -DTROUPE_BUILD_TESTS=OFF -DTROUPE_BUILD_EXAMPLES=OFF \
    && cmake --build /build --target troupe_main

FROM runtime
COPY --from=build /build/troupe /usr/local/bin/troupe
