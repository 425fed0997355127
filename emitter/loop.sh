#!/bin/sh
# Sends a heartbeat every HEARTBEAT_INTERVAL seconds (30 unless told) until it is ended: for
# containers that have no cron. A heartbeat that was not acknowledged is no reason to stop.
set -u
HEARTBEAT_INTERVAL=${HEARTBEAT_INTERVAL:-30}
export HEARTBEAT_INTERVAL
nap=''
trap 'kill "$nap" 2>/dev/null; exit 0' HUP INT TERM

while :; do
  "${0%/*}/GE_Heartbeat.sh"
  # 2 is a wrong setting, which does not mend itself.
  [ "$?" -ne 2 ] || exit 2
  sleep "$HEARTBEAT_INTERVAL" &
  nap=$!
  wait "$nap"
done
