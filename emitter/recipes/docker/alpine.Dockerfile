# Alpine. Its own wget, that of busybox, suffices without a token and without HTTPS.
FROM alpine:3.22
RUN apk add --no-cache curl
COPY --chmod=755 emitter/GE_Heartbeat.sh /usr/local/bin/
ENV GENERIC_ENABLER_ID=Orion GENERIC_ENABLER_VERSION=3.10.1 HEARTBEAT_SERVICE_HOST=http://heartbeat:8080
ENTRYPOINT ["/usr/local/bin/GE_Heartbeat.sh", "--wrap"]
CMD ["sleep", "infinity"]
