# Debian or Ubuntu: the script starts the program and sends heartbeats while it runs.
FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/*
COPY --chmod=755 emitter/GE_Heartbeat.sh /usr/local/bin/
ENV GENERIC_ENABLER_ID=Orion GENERIC_ENABLER_VERSION=3.10.1 HEARTBEAT_SERVICE_HOST=http://heartbeat:8080
ENTRYPOINT ["/usr/local/bin/GE_Heartbeat.sh", "--wrap"]
CMD ["sleep", "infinity"]
