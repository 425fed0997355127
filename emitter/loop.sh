#!/bin/sh
# Sends a heartbeat every HEARTBEAT_INTERVAL seconds (default 30) until it is ended, in containers
# without cron. It continues after a heartbeat that was not acknowledged.
set -u
HEARTBEAT_INTERVAL=${HEARTBEAT_INTERVAL:-30}
export HEARTBEAT_INTERVAL
nap=''
trap 'kill "$nap" 2>/dev/null; exit 0' HUP INT TERM

while :; do
  "${0%/*}/GE_Heartbeat.sh"
  # 2 is a wrong setting, which stays wrong.
  [ "$?" -ne 2 ] || exit 2
  sleep "$HEARTBEAT_INTERVAL" &
  nap=$!
  wait "$nap"
done
