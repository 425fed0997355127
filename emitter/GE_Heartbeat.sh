#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sends one heartbeat of the component that runs in this container or machine, and ends.
# Run it from cron: see README.md beside it.
#
# Guarantees:
#   - it ends jitter + timeout + about one second after its start, whatever the network does;
#   - it prints nothing on success, and one line on stderr on failure;
#   - it sends once and never repeats: the next run is the next attempt;
#   - it leaves no file behind but an instance id, and that only where nothing else gives one;
#   - it needs no HOME, no terminal, no writable file system and no bash.
#
# It uses built-ins of the shell wherever they suffice: dash, busybox and bash agree on them, and a
# slim image has little else. There are no here-documents, because some shells write them to
# temporary files, which a read-only root file system rejects.

set -u
set -f
# Bytes instead of characters, and English messages from curl and wget.
LC_ALL=C
export LC_ALL

program=GE_Heartbeat.sh
version=0.1.0
newline='
'
# Set here, because the environment could otherwise decide what is removed and killed at the end.
state='' lock='' draft='' nap=''
# For tests only: a folder that replaces the root of the file system.
root=${HEARTBEAT_TEST_ROOT:-}

usage() {
  printf '%s\n' "usage: $program [--print | --help | --version]" '' \
    'Sends one heartbeat. It is configured by the environment:' \
    '  HEARTBEAT_SERVICE_HOST   full address, e.g. http://heartbeat:8080/beat' \
    '  GENERIC_ENABLER_ID       name of the component, e.g. Orion' \
    '  GENERIC_ENABLER_VERSION  its version, e.g. 3.10.1' \
    'and, where wanted:' \
    '  HEARTBEAT_INSTANCE       id of this instance (default: found out)' \
    '  HEARTBEAT_INTERVAL       seconds between two heartbeats, declared to the service' \
    '  HEARTBEAT_TIMEOUT        seconds to wait for the answer (1 to 60, default 5)' \
    '  HEARTBEAT_JITTER         first sleep a random time of up to so many seconds (default 0)' \
    '  HEARTBEAT_STATE_DIR      folder of the lock and of a made-up instance id' '' \
    '  --print   print what would be sent, and send nothing' '' \
    'exit codes: 0 acknowledged, 1 not acknowledged, 2 misconfigured'
}

fail() {
  printf '%s: %s\n' "$program" "$1" >&2
  exit 1
}

misconfigured() {
  printf '%s: %s\n' "$program" "$1" >&2
  exit 2
}

# require NAME VALUE: a part of the identity; 255 characters have at most 1,020 bytes.
require() {
  [ -n "$2" ] || misconfigured "$1 is not set"
  [ "${#2}" -le 1020 ] || misconfigured "$1 is longer than 255 characters"
}

# whole_number NAME VALUE LEAST MOST; a leading zero would make the shell calculate in octal.
whole_number() {
  case $2 in
    '' | *[!0-9]* | 0?* | ????????*) ;;
    *) if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then return; fi ;;
  esac
  misconfigured "$1 is not a whole number from $3 to $4"
}

check_settings() {
  require GENERIC_ENABLER_ID "${GENERIC_ENABLER_ID:-}"
  require GENERIC_ENABLER_VERSION "${GENERIC_ENABLER_VERSION:-}"
  timeout=${HEARTBEAT_TIMEOUT:-5} jitter=${HEARTBEAT_JITTER:-0} interval=${HEARTBEAT_INTERVAL:-}
  whole_number HEARTBEAT_TIMEOUT "$timeout" 1 60
  whole_number HEARTBEAT_JITTER "$jitter" 0 3600
  [ -z "$interval" ] || whole_number HEARTBEAT_INTERVAL "$interval" 1 604800
}

check_address() {
  address=${HEARTBEAT_SERVICE_HOST:-}
  require HEARTBEAT_SERVICE_HOST "$address"
  case $address in
    *[[:space:][:cntrl:]]*) misconfigured 'HEARTBEAT_SERVICE_HOST contains white space' ;;
    http://?* | https://?*) ;;
    *) misconfigured 'HEARTBEAT_SERVICE_HOST does not begin with http:// or https://' ;;
  esac
  # For messages: without a password before the @ and a token behind the ?.
  shown=${address%%[?#]*}
  case $shown in *@*) shown="${address%%//*}//${shown##*@}" ;; esac
}

# container_in PATH: the last 64 hexadecimal digits between slashes or behind a prefix:
# /docker/ID, docker-ID.scope, cri-containerd-ID.scope, libpod-ID.scope, :cri:ID.
# The last one is the innermost, where containers run in a container.
container_in() {
  found=''
  IFS=/
  for part in $1; do
    part=${part%.scope}
    part=${part##*[!0-9a-f]}
    [ "${#part}" -ne 64 ] || found=$part
  done
  unset IFS
  [ -n "$found" ]
}

# cgroup v1, and v2 seen from the host: the container id is in the path of the control group.
instance_from_cgroup() {
  [ -r "$root/proc/self/cgroup" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    if container_in "${line#*:*:}"; then
      instance=$found
      return 0
    fi
  done <"$root/proc/self/cgroup"
  return 1
}

# cgroup v2 hides that path, but a container engine bind-mounts files into every container from a
# folder with its id. Only these targets count: a host that runs containers, or a container that
# monitors others, sees the folders of all of them.
#   kubelet    .../pods/POD-UID/containers/NAME/RESTART   on the termination log
#   Podman     .../overlay-containers/ID/userdata/...     on /run/.containerenv
#   Docker     .../containers/ID/hostname                 on /etc/hostname
# The sandbox of a pod is ignored: all containers of the pod share it.
instance_from_mounts() {
  [ -r "$root/proc/self/mountinfo" ] || return 1
  instance=''
  while read -r _ _ _ source point _; do
    case $source in
      */sandboxes/*) continue ;;
      */pods/?*/containers/?*/?*)
        pod=${source##*/pods/} name=${source##*/containers/}
        instance=${pod%%/*}.${name%%/*}
        return 0
        ;;
    esac
    case $point in
      /run/.containerenv) container_in "$source" && instance=$found ;;
      /etc/hostname | /etc/hosts | /etc/resolv.conf)
        [ -n "$instance" ] || ! container_in "$source" || instance=$found
        ;;
    esac
  done <"$root/proc/self/mountinfo"
  [ -n "$instance" ]
}

in_a_container() {
  [ -n "${KUBERNETES_SERVICE_HOST:-}" ] || [ -n "${container:-}" ] ||
    [ -e "$root/.dockerenv" ] || [ -e "$root/run/.containerenv" ] ||
    [ -e "$root/run/secrets/kubernetes.io" ] || [ -e "$root/var/run/secrets/kubernetes.io" ]
}

first_line() {
  line=''
  if [ -r "$1" ]; then IFS= read -r line <"$1" || :; fi
  printf '%s' "$line"
}

# Docker names a container by twelve digits of its id; Kubernetes ends a pod's name with five random
# characters, none of them a vowel. Names that people choose are not unique: web, localhost, db-0.
# The name comes from the kernel, because cron does not pass HOSTNAME on.
instance_from_hostname() {
  in_a_container || return 1
  instance=$(first_line "$root/proc/sys/kernel/hostname")
  random='[bcdfghjklmnpqrstvwxz2456789]'
  case $instance in
    *[!0-9a-z.-]*) return 1 ;;
    ?*-$random$random$random$random$random) return 0 ;;
    *[!0-9a-f]*) return 1 ;;
  esac
  [ "${#instance}" -eq 12 ] || [ "${#instance}" -eq 64 ]
}

# Finds the state folder, or fails if none can be written. Never /tmp: any user could have put a
# link there before.
find_state() {
  for state in "${HEARTBEAT_STATE_DIR:-/var/lib/ge-heartbeat}" \
    "${HEARTBEAT_STATE_DIR:-${HOME:-/nonexistent}/.local/state/ge-heartbeat}"; do
    [ -d "$state" ] || mkdir -p -- "$state" 2>/dev/null || continue
    [ ! -w "$state" ] || return 0
  done
  state=''
  return 1
}

read_kept() {
  instance=$(first_line "$state/instance")
  case $instance in '' | *[!0-9A-Za-z._:-]*) return 1 ;; esac
  [ "${#instance}" -le 255 ]
}

# A random id, made once. A link is created completely or not at all, so of two first runs at the
# same time one wins and both read its id; a damaged or empty file is replaced.
instance_from_state() {
  find_state || return 1
  ! read_kept || return 0
  instance=$(first_line /proc/sys/kernel/random/uuid)
  [ -n "$instance" ] || return 1
  draft=$state/instance.$$
  { printf '%s\n' "$instance" >"$draft"; } 2>/dev/null || return 1
  ln -- "$draft" "$state/instance" 2>/dev/null || read_kept ||
    mv -f -- "$draft" "$state/instance" 2>/dev/null
  rm -f -- "$draft"
  read_kept
}

# The last resort if nothing can be stored. The id of the machine may be missing, or part of an
# image and so the same in a hundred containers; there the running kernel and the mount-namespace
# distinguish them. It is hashed, because it must not leave the machine.
instance_from_machine() {
  machine=$(first_line "$root/etc/machine-id")
  case $machine in *[!0-9a-f]*) machine='' ;; esac
  traits="ge-heartbeat $machine $(first_line "$root/proc/sys/kernel/hostname")"
  if [ -z "$machine" ] || in_a_container; then
    boot=$(first_line "$root/proc/sys/kernel/random/boot_id")
    [ -n "$boot" ] || return 1
    traits="$traits $boot $(readlink "$root/proc/self/ns/mnt" 2>/dev/null)"
  fi
  for digest in sha256sum md5sum cksum; do
    command -v "$digest" >/dev/null 2>&1 || continue
    instance=$(printf '%s' "$traits" | "$digest") || continue
    instance=$(printf '%.32s' "${instance%% *}")
    [ -z "$instance" ] || return 0
  done
  return 1
}

find_instance() {
  instance=${HEARTBEAT_INSTANCE:-}
  [ -n "$instance" ] || instance_from_cgroup || instance_from_mounts || instance_from_hostname ||
    instance_from_state || instance_from_machine ||
    misconfigured 'nothing tells this instance from others: HEARTBEAT_INSTANCE is not set'
  require HEARTBEAT_INSTANCE "$instance"
}

# Milliseconds since the epoch. Not every date supports nanoseconds: some print the N, some omit it.
now_ms() {
  now=$(date +%s%N 2>/dev/null)
  case $now in
    *[!0-9]*) ;;
    ???????????????????) printf '%s' "${now%??????}" && return ;;
  esac
  now=$(date +%s 2>/dev/null)
  case $now in *[!0-9]* | '') return 1 ;; esac
  printf '%s000' "$now"
}

# json_string NAME VALUE: the value as a JSON string (RFC 8259). Bytes that are not UTF-8 become
# U+FFFD, because a single one of them would make the whole body invalid.
json_string() {
  case $2 in
    *[!A-Za-z0-9\ ._:/@+-]*) ;;
    *) printf '"%s"' "$2" && return ;;
  esac
  bytes=$(printf '%s' "$2" | od -An -v -b 2>/dev/null)
  [ -n "$bytes" ] || misconfigured "$1 has special characters, and there is no od to escape them"
  text='' need=0
  for octal in $bytes; do
    byte=$((0$octal))
    if [ "$need" -eq 0 ]; then
      json_byte
    elif [ "$byte" -ge "$low" ] && [ "$byte" -le "$high" ]; then
      sequence="$sequence\\0$octal" need=$((need - 1)) low=128 high=191
      [ "$need" -gt 0 ] || text="$text$sequence"
    else
      text="$text\\0134ufffd" need=0
      json_byte
    fi
  done
  [ "$need" -eq 0 ] || text="$text\\0134ufffd"
  printf '"%b"' "$text"
}

# One byte outside a sequence, or the first of one: how many follow, and the bounds of the second
# one, which exclude overlong forms, surrogates and code points above U+10FFFF (RFC 3629).
json_byte() {
  sequence="\\0$octal" low=128 high=191
  case $octal in
    042 | 134) text="$text\\0134\\0$octal" ;;
    0[0-3]?) text="$text\\0134u00$(printf '%02x' "$byte")" ;;
    0?? | 1??) text="$text\\0$octal" ;;
    30[2-7] | 3[123]?) need=1 ;;
    340) need=2 low=160 ;;
    355) need=2 high=159 ;;
    34? | 35?) need=2 ;;
    360) need=3 low=144 ;;
    36[123]) need=3 ;;
    364) need=3 high=143 ;;
    *) text="$text\\0134ufffd" ;;
  esac
}

# All values are strings: the original service rejects numbers, and ignores unknown fields.
make_body() {
  id=$(json_string HEARTBEAT_INSTANCE "$instance") || exit
  enabler=$(json_string GENERIC_ENABLER_ID "$GENERIC_ENABLER_ID") || exit
  enabler_version=$(json_string GENERIC_ENABLER_VERSION "$GENERIC_ENABLER_VERSION") || exit
  now=$(now_ms) || fail 'not sent: date does not tell the time'
  body="{\"ID\":$id,\"Enabler_ID\":$enabler,\"Enabler_Version\":$enabler_version"
  body="$body,\"Timestamp\":\"$now\"${interval:+,\"Interval\":\"$interval\"}}"
}

# bounded COMMAND...: ends the command at the time limit. curl has such a limit of its own, wget
# none for the whole request, busybox none at all. The watch inherits no descriptors of the script:
# a reader of its output would otherwise wait for the watch.
bounded() {
  "$@" &
  client=$!
  (
    sleep $((timeout + 1)) &
    limit=$!
    trap 'kill "$limit"; exit' TERM
    wait "$limit"
    kill -9 "$client"
  ) >/dev/null 2>&1 &
  watch=$!
  wait "$client"
  ended=$?
  kill "$watch" 2>/dev/null
  return "$ended"
}

# Neither client reads a configuration of the user or follows redirections.
post_with_curl() {
  bounded curl -q -sS -g -o /dev/null -w "$newline  HTTP/- %{http_code}$newline" \
    --connect-timeout "$timeout" --max-time "$timeout" -A "ge-heartbeat-emitter/$version" \
    -H 'Content-Type: application/json' -H 'Expect:' --data-binary "$body" --url "$address" 2>&1
}

post_with_wget() {
  help=$(wget --help 2>&1)
  set -- wget -S -O /dev/null -U "ge-heartbeat-emitter/$version"
  case $help in
    *--tries*) set -- "$@" -nv --tries=1 --max-redirect=0 --timeout="$timeout" ;;
    *) set -- "$@" -q ;;
  esac
  case $help in *--no-config*) set -- "$@" --no-config ;; esac
  case $help in *--no-hsts*) set -- "$@" --no-hsts ;; esac
  bounded "$@" --header='Content-Type: application/json' --post-data="$body" "$address" 2>&1
}

# The first final status, and the first line that is not a header: the error message. busybox's wget
# follows redirections; the first status is that of the given address.
read_answer() {
  status='' complaint=''
  IFS=$newline
  for line in $answer; do
    case $line in
      '  HTTP/'*\ [2-5][0-9][0-9]*)
        line=${line#*HTTP/* }
        [ -n "$status" ] || status=${line%"${line#???}"}
        ;;
      ' '* | *[[:cntrl:]]*) ;;
      *) [ -n "$complaint" ] || complaint=$(printf '%.200s' "$line") ;;
    esac
  done
  unset IFS
}

send() {
  if command -v curl >/dev/null 2>&1; then
    answer=$(post_with_curl)
  elif command -v wget >/dev/null 2>&1; then
    answer=$(post_with_wget)
  else
    fail 'not sent: neither curl nor wget is installed'
  fi
  ended=$?
  read_answer
  case $status in
    2??) return ;;
    404) fail "not acknowledged: $shown answered HTTP 404; HEARTBEAT_SERVICE_HOST ends in /beat" ;;
    ???) fail "not acknowledged: $shown answered HTTP $status" ;;
  esac
  [ "$ended" -lt 128 ] || complaint="no answer within $timeout s"
  fail "not acknowledged: $shown: ${complaint:-no answer}"
}

# The lock is a dangling link: it is created in one step, and its text is the second in which it
# expires. So a run that was killed blocks the next ones for some seconds and never for good, even
# if another process has its number after a restart, or the clock was set.
lock_is_held() {
  kept=$(readlink "$state/lock" 2>/dev/null)
  case $kept in '' | *[!0-9]*) return 1 ;; esac
  [ "$kept" -ge "$now" ] && [ "$kept" -le "$until" ]
}

take_lock() {
  [ -z "${HEARTBEAT_STATE_DIR:-}" ] || find_state
  [ -n "$state" ] || return 0
  now=$(date +%s)
  until=$((now + jitter + timeout + 2))
  ! lock_is_held || fail 'not sent: another run is still sending'
  [ -z "$kept" ] || rm -f -- "$state/lock" 2>/dev/null
  if ln -s "$until" "$state/lock" 2>/dev/null; then
    lock=$state/lock
  elif lock_is_held; then
    fail 'not sent: another run is still sending'
  fi
}

clean_up() {
  [ -z "$lock" ] || rm -f -- "$lock"
  [ -z "$draft" ] || rm -f -- "$draft"
  [ -z "$nap" ] || kill "$nap" 2>/dev/null
}

# A shell may miss a signal that arrives right before it waits, so it never waits for long.
sleep_jitter() {
  [ "$jitter" -gt 0 ] || return 0
  random=$(first_line /proc/sys/kernel/random/uuid)
  random=${random#?} random=${random%%-*}
  left=$((0x${random:-$$} % (jitter + 1)))
  while [ "$left" -gt 0 ]; do
    sleep 1 &
    nap=$!
    wait "$nap"
    left=$((left - 1))
  done
  nap=''
}

run() {
  trap clean_up EXIT
  trap 'exit 1' HUP INT TERM
  check_settings
  [ "$1" = print ] || check_address
  find_instance
  if [ "$1" = print ]; then
    make_body
    printf '%s\n' "$body"
    return
  fi
  take_lock
  sleep_jitter
  make_body
  send
}

exec </dev/null
case ${1:-} in
  '') run send ;;
  --print) run print ;;
  --help) usage ;;
  --version) printf '%s %s\n' "$program" "$version" ;;
  *) misconfigured "unknown option $1, see --help" ;;
esac
