#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sends heartbeats of the component that runs in this container or machine. README.md explains it.
#
# Guarantees:
#   - One heartbeat ends: check + jitter + timeout + about two seconds after it began.
#   - It prints nothing while heartbeats are acknowledged, and one line on stderr when that changes.
#   - A token is never in the process list, nor in a line that is printed.
#   - A run that is acknowledged leaves no file but an instance id, and that only where nothing
#     else identifies the instance. Heartbeats that could not be sent are kept in a bounded file.
#   - It needs no HOME, no terminal, no writable file system and no bash.
#
# The shell's own means are used wherever they suffice: dash, bash, busybox, ksh and mksh agree on
# them, and a slim image has little else. There are no here-documents, because some shells keep
# them in temporary files, which a read-only root file system refuses.

set -u
set -f
given_locale=${LC_ALL-}
# Bytes instead of characters, and English messages from curl and wget.
LC_ALL=C
export LC_ALL

program=GE_Heartbeat.sh
version=0.1.0
newline='
'
# A variable of the environment stays exported when it is assigned: a token must not be.
unset token
# Set here, because the environment would otherwise decide what is removed and killed at the end.
state='' lock='' draft='' secrets='' child='' signal='' link=''
token='' token_from='' has_secret='' batch='' meta='' check='' parent=''
# For tests only: a folder that replaces the root of the file system.
root=${HEARTBEAT_TEST_ROOT:-}

settings='HEARTBEAT_SERVICE_HOST GENERIC_ENABLER_ID GENERIC_ENABLER_VERSION HEARTBEAT_INSTANCE
HEARTBEAT_INTERVAL HEARTBEAT_TIMEOUT HEARTBEAT_JITTER HEARTBEAT_STATE_DIR HEARTBEAT_SPOOL_MAX
HEARTBEAT_TOKEN HEARTBEAT_TOKEN_FILE HEARTBEAT_CA_FILE HEARTBEAT_CERT_FILE HEARTBEAT_KEY_FILE
HEARTBEAT_CHECK HEARTBEAT_METADATA_URL HEARTBEAT_UPDATE_URL HEARTBEAT_UPDATE_KEY'

usage() {
  printf '%s\n' "usage: $program [--check COMMAND] [--once | --loop | --wrap COMMAND...]" \
    "       $program --show | --print | --update | --help | --version" '' \
    '  --once     send one heartbeat; the default, for cron' \
    '  --loop     send one every HEARTBEAT_INTERVAL seconds (default 30) until a signal' \
    '  --wrap     run COMMAND, and send heartbeats while it runs' \
    '  --check    send only while the shell command COMMAND succeeds' \
    '  --show     print the settings, the instance, and how it was found' \
    '  --print    print what would be sent' \
    '  --update   replace this file by a newer one that is signed' '' \
    'Settings are variables, or lines of /etc/default/ge-heartbeat:' \
    '  HEARTBEAT_SERVICE_HOST   host, host:port or URL; several are tried in turn' \
    '  GENERIC_ENABLER_ID       name of the component, such as Orion' \
    '  GENERIC_ENABLER_VERSION  its version, such as 3.10.1' \
    'Optional settings:' \
    '  HEARTBEAT_TOKEN          token, or HEARTBEAT_TOKEN_FILE: file with it' \
    '  HEARTBEAT_CA_FILE        certificates to trust (PEM)' \
    '  HEARTBEAT_CERT_FILE      client certificate, with HEARTBEAT_KEY_FILE (PEM)' \
    '  HEARTBEAT_INSTANCE       id of this instance (default: found)' \
    '  HEARTBEAT_INTERVAL       seconds between two heartbeats, declared to the service' \
    '  HEARTBEAT_TIMEOUT        seconds for one heartbeat, all addresses (1 to 60, default 5)' \
    '  HEARTBEAT_JITTER         first waits a random time of up to this many seconds (default 0)' \
    '  HEARTBEAT_CHECK          as --check' \
    '  HEARTBEAT_STATE_DIR      folder of the lock, unsent heartbeats and a generated instance id' \
    '  HEARTBEAT_SPOOL_MAX      number of unsent heartbeats that are kept (default 1000)' \
    '  HEARTBEAT_METADATA_URL   metadata of OpenStack, or none' \
    '  HEARTBEAT_UPDATE_URL     where --update finds the file, FILE.sha256 and FILE.sig' \
    '  HEARTBEAT_UPDATE_KEY     public key that signs updates (PEM)' '' \
    'exit codes: 0 acknowledged, 1 not acknowledged, 2 misconfigured; --wrap: that of COMMAND'
}

# mask TEXT: sets `text` to it without the token and without any other token of the service.
mask() {
  text=$1 masked=''
  while [ -n "$token" ]; do
    case $text in *"$token"*) ;; *) break ;; esac
    masked="$masked${text%%"$token"*}[token]" text=${text#*"$token"}
  done
  text=$masked$text masked=''
  while :; do
    case $text in *hb_[a-z0-9]*) ;; *) break ;; esac
    masked="$masked${text%%hb_[a-z0-9]*}[token]"
    text=${text#*hb_}
    text=${text#"${text%%[!A-Za-z0-9_-]*}"}
  done
  text=$masked$text
}

complain() {
  mask "$1"
  printf '%s: %s\n' "$program" "$text" >&2
}

fail() {
  complain "$1"
  exit 1
}

misconfigured() {
  complain "$1"
  exit 2
}

# first_line FILE: sets `line`, to nothing where the file cannot be read.
first_line() {
  line=''
  if [ -r "$1" ]; then IFS= read -r line <"$1" || :; fi
}

# Reads NAME=value lines, as systemd does; nothing in the file is run. The environment prevails.
read_settings() {
  file=$root/etc/default/ge-heartbeat number=0
  [ -r "$file" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    number=$((number + 1))
    case $line in '' | '#'*) continue ;; esac
    line=${line#export }
    name=${line%%=*} value=${line#*=}
    case $name in
      "$line" | '' | *[!A-Za-z0-9_]*) misconfigured "$file, line $number: not NAME=value" ;;
    esac
    case $value in
      \"*\") value=${value#\"} value=${value%\"} ;;
      \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    case " $settings " in
      *[[:space:]]"$name"[[:space:]]*) eval "[ -n \"\${$name:-}\" ] || $name=\$value" ;;
      *) case $name in
        HEARTBEAT_* | GENERIC_ENABLER_*)
          misconfigured "$name in $file, line $number, is not a setting" ;;
      esac ;;
    esac
  done <"$file"
}

# whole_number NAME VALUE LEAST MOST; a leading zero would make the shell calculate in octal.
whole_number() {
  case $2 in
    '' | *[!0-9]* | 0?* | ????????*) ;;
    *) if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then return; fi ;;
  esac
  misconfigured "$1 is not a whole number from $3 to $4"
}

# encode NAME VALUE: sets `json` to the value of an identity as a JSON string (RFC 8259), or names
# what the service would reject. Bytes that are not UTF-8 become U+FFFD, because a single
# one of them would make the whole body invalid. 255 characters have at most 1,020 bytes.
encode() {
  [ -n "$2" ] || misconfigured "$1 is not set"
  [ "${#2}" -le 1020 ] || misconfigured "$1 is longer than 255 characters"
  case $2 in ' '* | *' ') misconfigured "$1 begins or ends with white space" ;; esac
  case $2 in
    *[!A-Za-z0-9\ ._:/@+-]*) ;;
    *) json="\"$2\"" && return ;;
  esac
  bytes=$(printf '%s' "$2" | od -An -v -b 2>/dev/null)
  [ -n "$bytes" ] || misconfigured "$1 has special characters, and there is no od to escape them"
  encoded='' need=0
  for octal in $bytes; do
    # mksh reads a number with a leading zero as a decimal one.
    middle=${octal#?}
    byte=$((${octal%??} * 64 + ${middle%?} * 8 + ${octal#??}))
    if [ "$need" -eq 0 ]; then
      encode_byte "$1"
    elif [ "$byte" -ge "$low" ] && [ "$byte" -le "$high" ]; then
      [ "$sequence" != '\0302' ] || [ "$byte" -gt 159 ] || has_control "$1"
      sequence="$sequence\\0$octal" need=$((need - 1)) low=128 high=191
      [ "$need" -gt 0 ] || encoded="$encoded$sequence"
    else
      encoded="$encoded\\0134ufffd" need=0
      encode_byte "$1"
    fi
  done
  [ "$need" -eq 0 ] || encoded="$encoded\\0134ufffd"
  json=$(printf '"%b"' "$encoded")
}

# One byte outside a sequence, or the first of one: how many follow, and the bounds of the second
# one, which exclude overlong forms, surrogates and code points above U+10FFFF (RFC 3629).
encode_byte() {
  sequence="\\0$octal" low=128 high=191
  case $octal in
    0[0-3]? | 177) has_control "$1" ;;
    042 | 134) encoded="$encoded\\0134\\0$octal" ;;
    0?? | 1??) encoded="$encoded\\0$octal" ;;
    30[2-7] | 3[123]?) need=1 ;;
    340) need=2 low=160 ;;
    355) need=2 high=159 ;;
    34? | 35?) need=2 ;;
    360) need=3 low=144 ;;
    36[123]) need=3 ;;
    364) need=3 high=143 ;;
    *) encoded="$encoded\\0134ufffd" ;;
  esac
}

has_control() {
  misconfigured "$1 contains a control character, U+$(printf '%04X' "$byte")"
}

# no_control NAME VALUE: for settings that are not sent, and so not encoded.
no_control() {
  case $2 in *[[:cntrl:]]*) misconfigured "$1 contains a control character" ;; esac
}

check_settings() {
  encode GENERIC_ENABLER_ID "${GENERIC_ENABLER_ID:-}"
  component=$json
  encode GENERIC_ENABLER_VERSION "${GENERIC_ENABLER_VERSION:-}"
  component_version=$json
  timeout=${HEARTBEAT_TIMEOUT:-5} jitter=${HEARTBEAT_JITTER:-0} interval=${HEARTBEAT_INTERVAL:-}
  spool_max=${HEARTBEAT_SPOOL_MAX:-1000} check=${check:-${HEARTBEAT_CHECK:-}}
  whole_number HEARTBEAT_TIMEOUT "$timeout" 1 60
  whole_number HEARTBEAT_JITTER "$jitter" 0 3600
  whole_number HEARTBEAT_SPOOL_MAX "$spool_max" 0 5000
  [ -z "$interval" ] || whole_number HEARTBEAT_INTERVAL "$interval" 1 604800
  no_control HEARTBEAT_STATE_DIR "${HEARTBEAT_STATE_DIR:-}"
  for name in HEARTBEAT_CA_FILE HEARTBEAT_CERT_FILE HEARTBEAT_KEY_FILE HEARTBEAT_TOKEN_FILE; do
    eval "file=\${$name:-}"
    no_control "$name" "$file"
    [ -z "$file" ] || [ -r "$file" ] || misconfigured "$name: $file cannot be read"
  done
  case ${HEARTBEAT_CERT_FILE:+c}${HEARTBEAT_KEY_FILE:+k} in
    c | k) misconfigured 'HEARTBEAT_CERT_FILE and HEARTBEAT_KEY_FILE belong together' ;;
  esac
}

# The token is no longer in the environment afterwards: commands that are started do not inherit it.
read_token() {
  token=${HEARTBEAT_TOKEN:-} token_from=HEARTBEAT_TOKEN
  if [ -z "$token" ] && [ -n "${HEARTBEAT_TOKEN_FILE:-}" ]; then
    token_from=HEARTBEAT_TOKEN_FILE
    first_line "$HEARTBEAT_TOKEN_FILE"
    token=$line
    [ -n "$token" ] || misconfigured "$token_from: the first line of the file is empty"
  fi
  unset HEARTBEAT_TOKEN line
  no_control "$token_from" "$token"
  case $token in
    *[!A-Za-z0-9._~+/=-]*) misconfigured "$token_from has a character that no token has" ;;
  esac
}

# Splits HEARTBEAT_SERVICE_HOST. A host alone means the service's own protocol. A URL with a path is
# the original's /beat. A token at the end of it becomes a header.
read_addresses() {
  given=${HEARTBEAT_SERVICE_HOST:-} addresses='' has_native='' has_secret=$token
  [ -n "$given" ] || misconfigured 'HEARTBEAT_SERVICE_HOST is not set'
  [ "${#given}" -le 4096 ] || misconfigured 'HEARTBEAT_SERVICE_HOST is too long'
  no_control HEARTBEAT_SERVICE_HOST "$given"
  for address in $given; do
    case $address in
      *[\"\\]*) misconfigured 'HEARTBEAT_SERVICE_HOST has a quote or a backslash' ;;
      http://?* | https://?*) ;;
      *://*) misconfigured 'HEARTBEAT_SERVICE_HOST begins neither with http:// nor https://' ;;
      */*) misconfigured 'HEARTBEAT_SERVICE_HOST has a path, but no http:// or https://' ;;
      -* | *[!A-Za-z0-9._:\[\]-]*) misconfigured 'HEARTBEAT_SERVICE_HOST is not a host' ;;
      *) address=http://$address ;;
    esac
    case $address in
      */beat/hb_?*)
        has_secret=${address##*/beat/}
        [ -n "$token" ] || token=$has_secret token_from='the path of HEARTBEAT_SERVICE_HOST'
        address=${address%/beat/*}/beat
        ;;
      *@* | *\?*) has_secret=yes ;;
    esac
    case ${address#*//} in */?* | *\?*) ;; *) address=${address%/}/api/v1/heartbeats ;; esac
    addresses="$addresses $address"
    native_of "$address"
    has_native=$has_native$native
  done
  [ -n "$addresses" ] || misconfigured 'HEARTBEAT_SERVICE_HOST is not set'
}

# native_of ADDRESS: sets `native` to the address of the service's own protocol beside /beat, and
# `shown` to what may be printed: without a password before the @ and a secret after the ?.
native_of() {
  shown=${1%%[?#]*}
  case $shown in *@*) shown="${1%%//*}//${shown##*@}" ;; esac
  case $1 in
    */api/v1/heartbeats) native=$1 ;;
    */beat) native=${1%/beat}/api/v1/heartbeats ;;
    *) native='' ;;
  esac
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

# Every instance_from_… sets `instance` and returns 0, or returns 1; `why` explains either.

# cgroup v1, and v2 seen from the host: the container id is in the path of the control group.
instance_from_cgroup() {
  why='no container id in /proc/self/cgroup'
  [ -r "$root/proc/self/cgroup" ] || return 1
  while IFS= read -r line || [ -n "$line" ]; do
    if container_in "${line#*:*:}"; then
      instance=$found why='container id in /proc/self/cgroup'
      return 0
    fi
  done <"$root/proc/self/cgroup"
  return 1
}

# cgroup v2 hides that path, but a container engine bind-mounts files into every container from a
# folder with its id. Only these targets count: a host that runs containers, or a container that
# monitors others, sees the folders of all of them.
#   kubelet    .../pods/POD-UID/containers/NAME/RESTART   on /dev/termination-log
#   Podman     .../overlay-containers/ID/userdata/...     on /run/.containerenv
#   Docker     .../containers/ID/hostname                 on /etc/hostname
# The sandbox of a pod is ignored: all containers of the pod share it.
instance_from_mounts() {
  why='no container id in /proc/self/mountinfo'
  [ -r "$root/proc/self/mountinfo" ] || return 1
  instance=''
  while read -r _ _ _ source point _; do
    case $point:$source in
      *:*/sandboxes/*) ;;
      /dev/termination-log:*/pods/?*/containers/?*/?*)
        pod=${source##*/pods/} name=${source##*/containers/}
        instance=${pod%%/*}.${name%%/*} why='pod and container on /dev/termination-log'
        return 0
        ;;
      /run/.containerenv:*) container_in "$source" && instance=$found ;;
      /etc/hostname:* | /etc/hosts:* | /etc/resolv.conf:*)
        [ -n "$instance" ] || ! container_in "$source" || instance=$found
        ;;
    esac
  done <"$root/proc/self/mountinfo"
  [ -n "$instance" ] && why='container id in /proc/self/mountinfo'
}

in_a_container() {
  [ -n "${KUBERNETES_SERVICE_HOST:-}" ] || [ -n "${container:-}" ] ||
    [ -e "$root/.dockerenv" ] || [ -e "$root/run/.containerenv" ] ||
    [ -e "$root/run/secrets/kubernetes.io" ] || [ -e "$root/var/run/secrets/kubernetes.io" ]
}

# Docker names a container by twelve digits of its id; Kubernetes ends a pod's name with five random
# characters, none of them a vowel. Names that people choose are not unique: web, localhost, db-0.
# The name comes from the kernel, because cron does not pass HOSTNAME on.
instance_from_hostname() {
  why='not in a container'
  in_a_container || return 1
  why='the host name was not made by Docker or Kubernetes'
  first_line "$root/proc/sys/kernel/hostname"
  instance=$line
  random='[bcdfghjklmnpqrstvwxz2456789]'
  case $instance in
    *[!0-9a-z.-]*) return 1 ;;
    ?*-$random$random$random$random$random) why='name of the pod' && return 0 ;;
    *[!0-9a-f]*) return 1 ;;
  esac
  [ "${#instance}" -eq 12 ] || [ "${#instance}" -eq 64 ] || return 1
  why='host name, which is the container id'
}

is_uuid() {
  case $1 in
    *[!0-9a-f-]*) return 1 ;;
    ????????-????-????-????-????????????) ;;
    *) return 1 ;;
  esac
}

# occurrences CHARACTER TEXT: sets `number`.
occurrences() {
  IFS=$1
  # shellcheck disable=SC2086
  set -- x${2}x
  unset IFS
  number=$(($# - 1))
}

# uuid_in JSON: sets `instance` to the member "uuid" of the outermost object. An object within it
# holds what the owner of the machine wrote there, which may contain any "uuid".
uuid_in() {
  rest=$1 depth=0
  while :; do
    case $rest in *'"uuid"'*) ;; *) return 1 ;; esac
    before=${rest%%'"uuid"'*} rest=${rest#*'"uuid"'}
    occurrences '{' "$before"
    depth=$((depth + number))
    occurrences '}' "$before"
    depth=$((depth - number))
    value=${rest#*:}
    value=${value#"${value%%[! ]*}"}
    case $depth:$value in 1:\"*) value=${value#\"} instance=${value%%\"*} ;; *) continue ;; esac
    is_uuid "$instance"
    return
  done
}

# A container must not take the id of its machine, which it shares with other containers. The
# firmware names the platform, so that no other machine waits for metadata that never arrive.
on_openstack() {
  why='in a container'
  ! in_a_container || return 1
  why='not on OpenStack'
  [ "${HEARTBEAT_METADATA_URL:-none}" = none ] || return 0
  for name in product_name sys_vendor chassis_asset_tag; do
    first_line "$root/sys/class/dmi/id/$name"
    case $line in OpenStack* | OpenTelekomCloud* | HUAWEICLOUD*) return 0 ;; esac
  done
  return 1
}

# The metadata as files: written by cloud-init, or on the config drive wherever that is attached.
instance_from_config_drive() {
  on_openstack || return 1
  first_line "$root/run/cloud-init/cloud-id"
  cloud=$line
  first_line "$root/var/lib/cloud/data/instance-id"
  if [ "$cloud" = openstack ] && is_uuid "$line"; then
    instance=$line why='instance id that cloud-init read'
    return 0
  fi
  why='no config drive'
  places=/var/lib/cloud/seed/config_drive
  if [ -r "$root/proc/self/mountinfo" ]; then
    while read -r _ _ _ _ point options; do
      case $options in *' - iso9660 '* | *' - vfat '*) places="$places $point" ;; esac
    done <"$root/proc/self/mountinfo"
  fi
  for place in $places; do
    first_line "$root$place/openstack/latest/meta_data.json"
    [ -n "$line" ] || continue
    why="config drive, $place"
    ! uuid_in "$line" || return 0
    why="no uuid on the config drive, $place"
  done
  return 1
}

# The answer, also that there is none, is kept until the machine is started again: an instance
# keeps its id when the metadata service comes or goes. A copy of the machine starts anew.
instance_from_metadata() {
  on_openstack || return 1
  why='HEARTBEAT_METADATA_URL is none'
  [ "${HEARTBEAT_METADATA_URL:-}" != none ] || return 1
  first_line "$root/proc/sys/kernel/random/boot_id"
  boot=$line kept='' instance=none
  find_state && first_line "$state/metadata" && kept=$line
  case $kept in
    "$boot "?*) instance=${kept#* } why='metadata service, kept since the machine was started' ;;
    *)
      why='metadata service'
      metadata=$(get_metadata)
      uuid_in "$metadata" || instance=none
      [ -z "$state" ] || [ -z "$boot" ] ||
        { printf '%s %s\n' "$boot" "$instance" >"$state/metadata"; } 2>/dev/null
      ;;
  esac
  is_uuid "$instance" && return
  why="$why: no uuid"
  return 1
}

get_metadata() {
  address=${HEARTBEAT_METADATA_URL:-http://169.254.169.254/openstack/latest/meta_data.json}
  find_transport 2>/dev/null
  case $transport in
    curl) set -- curl -q -sf -g --noproxy '*' --max-time 1 --url "$address" ;;
    wget) set -- wget -q -O - --no-config --no-proxy --tries=1 --max-redirect=0 "$address" ;;
    *) set -- wget -q -O - -Y off "$address" ;;
  esac
  bounded 1 "$@" 2>/dev/null 3</dev/null | head -c 65536
}

# find_state [existing]: finds the state folder, or fails if none can be written. Never /tmp: any
# user could have put a link there before.
find_state() {
  for state in "${HEARTBEAT_STATE_DIR:-$root/var/lib/ge-heartbeat}" \
    "${HEARTBEAT_STATE_DIR:-${HOME:-/nonexistent}/.local/state/ge-heartbeat}"; do
    [ -d "$state" ] || [ "${1:-}" = existing ] || mkdir -p -- "$state" 2>/dev/null || continue
    [ ! -w "$state" ] || [ ! -d "$state" ] || return 0
  done
  state=''
  return 1
}

read_kept() {
  first_line "$state/instance"
  instance=$line
  case $instance in '' | *[!0-9A-Za-z._:-]*) return 1 ;; esac
  [ "${#instance}" -le 255 ]
}

# A random id, made once. A link is created completely or not at all, so of two first runs at the
# same time one wins and both read its id; a damaged or empty file is replaced.
instance_from_state() {
  why='no folder can be written'
  find_state || return 1
  why="generated and kept in $state"
  ! read_kept || return 0
  first_line /proc/sys/kernel/random/uuid
  instance=$line
  [ -n "$instance" ] || return 1
  draft=$state/instance.$$
  { printf '%s\n' "$instance" >"$draft"; } 2>/dev/null || return 1
  ln -- "$draft" "$state/instance" 2>/dev/null || read_kept ||
    mv -f -- "$draft" "$state/instance" 2>/dev/null
  rm -f -- "$draft"
  draft=''
  read_kept && return
  why="nothing can be kept in $state"
  return 1
}

# The last resort if nothing can be stored. The id of the machine may be missing, or part of an
# image and so the same in a hundred containers; there the running kernel and the mount-namespace
# distinguish them. It is hashed, because it must not leave the machine.
instance_from_machine() {
  why='hash of the machine'
  first_line "$root/etc/machine-id"
  machine=$line
  case $machine in *[!0-9a-f]*) machine='' ;; esac
  first_line "$root/proc/sys/kernel/hostname"
  traits="ge-heartbeat $machine $line"
  if [ -z "$machine" ] || in_a_container; then
    first_line "$root/proc/sys/kernel/random/boot_id"
    [ -n "$line" ] || return 1
    traits="$traits $line $(readlink "$root/proc/self/ns/mnt" 2>/dev/null)"
  fi
  for digest in sha256sum md5sum cksum; do
    command -v "$digest" >/dev/null 2>&1 || continue
    instance=$(printf '%s' "$traits" | "$digest") || continue
    instance=$(printf '%.32s' "${instance%% *}")
    [ -z "$instance" ] || return 0
  done
  return 1
}

# find_instance [EACH]: EACH is called with every source that was tried.
find_instance() {
  instance=${HEARTBEAT_INSTANCE:-} why='HEARTBEAT_INSTANCE is set'
  if [ -z "$instance" ]; then
    for way in cgroup mounts hostname config_drive metadata state machine none; do
      [ "$way" != none ] ||
        misconfigured 'nothing distinguishes this instance from others: HEARTBEAT_INSTANCE is not set'
      if "instance_from_$way"; then break; fi
      [ -z "${1:-}" ] || "$1"
    done
  fi
  [ -z "${1:-}" ] || "$1" found
  encode HEARTBEAT_INSTANCE "$instance"
  instance_json=$json
}

# Sets `now` and `now_ms`, the time since the epoch. Not every date supports nanoseconds: some print
# the N, some omit it.
read_clock() {
  now_ms=$(date +%s%N 2>/dev/null)
  case $now_ms in
    *[!0-9]*) ;;
    ???????????????????) now_ms=${now_ms%??????} now=${now_ms%???} && return ;;
  esac
  now=$(date +%s 2>/dev/null)
  case $now in *[!0-9]* | '') fail 'not sent: date does not give the time' ;; esac
  now_ms=${now}000
}

# make_heartbeat [STATUS]: sets `heartbeat`, for the service's own protocol, and `beat`, for the
# original's, where all values are strings: the original service rejects numbers, and ignores what
# it does not know.
make_heartbeat() {
  read_clock
  heartbeat="{\"name\":$component,\"version\":$component_version,\"instance\":$instance_json"
  heartbeat="$heartbeat,\"timestamp\":\"$now_ms\"${interval:+,\"interval\":$interval}"
  heartbeat="$heartbeat${1:+,\"status\":\"$1\"}${meta:+,\"meta\":$meta}}"
  beat="{\"ID\":$instance_json,\"Enabler_ID\":$component,\"Enabler_Version\":$component_version"
  beat="$beat,\"Timestamp\":\"$now_ms\"${interval:+,\"Interval\":\"$interval\"}"
  beat="$beat${1:+,\"Status\":\"$1\"}}"
}

# Sets `transport` and the flags of wget that this one has. Neither client reads a configuration of
# the user; both are kept from following redirections, as far as they can be.
find_transport() {
  transport=curl flags=''
  ! command -v curl >/dev/null 2>&1 || return 0
  command -v wget >/dev/null 2>&1 || fail 'not sent: neither curl nor wget is installed'
  transport=busybox flags=-q
  help=$(wget --help 2>&1)
  case $help in
    *--config=*) transport=wget flags='-nv --tries=1 --max-redirect=0' ;;
    *--tries*) flags='-nv --tries=1 --max-redirect=0' ;;
  esac
  case $help in *--no-hsts*) flags="$flags --no-hsts" ;; esac
  case $help in *--content-on-error*) flags="$flags --content-on-error" ;; esac
  [ "$transport" = busybox ] || return 0
  [ -z "$has_secret" ] ||
    misconfigured "this wget would put the token into the process list: install curl or GNU wget"
  [ -z "${HEARTBEAT_CA_FILE:-}${HEARTBEAT_CERT_FILE:-}" ] ||
    misconfigured "HEARTBEAT_CA_FILE: this wget checks no certificates: install curl or GNU wget"
}

# bounded SECONDS COMMAND...: ends the command at the time limit, or when the process `parent` is
# gone. curl has a limit of its own, wget none for the whole, busybox none at all. The command reads
# descriptor 3. The watch holds none of our descriptors, or a reader of our output would wait.
bounded() {
  most=$1
  shift
  "$@" <&3 &
  client=$!
  (
    trap 'kill "$limit"; exit' TERM
    while [ "$most" -ge 0 ]; do
      sleep 1 &
      limit=$!
      wait "$limit"
      [ -z "$parent" ] || [ -d "/proc/$parent" ] || break
      most=$((most - 1))
    done
    kill -9 "$client"
  ) >/dev/null 2>&1 3<&- &
  watch=$!
  wait "$client" 2>/dev/null
  ended=$?
  kill "$watch" 2>/dev/null
  # Signals are 128 and more, in ksh 256 and more.
  if [ "$ended" -ge 128 ] && [ $((ended & 127)) -eq 9 ]; then printf '\nno answer in time\n'; fi
  return "$ended"
}

# post ADDRESS SECONDS: sends the file `batch`, or else `content`; sets `answer`. The address and
# the token go to curl by standard input and to wget by standard input and by a file that only we
# may read, because command lines are in the process list. echo is a builtin of every shell, printf
# is not; neither text has a backslash.
post() {
  if [ -n "$batch" ]; then set -- "$1" "$2" file "$batch"; else set -- "$1" "$2" data "$content"; fi
  case $transport in
    curl) answer=$(post_with_curl "$@") ;;
    *) answer=$(post_with_wget "$@") ;;
  esac
  read_answer
}

post_with_curl() {
  address=$1 seconds=$2
  case $3 in file) set -- --data-binary "@$4" ;; *) set -- --data-binary "$4" ;; esac
  [ -z "${HEARTBEAT_CA_FILE:-}" ] || set -- "$@" --cacert "$HEARTBEAT_CA_FILE"
  [ -z "${HEARTBEAT_CERT_FILE:-}" ] ||
    set -- "$@" --cert "$HEARTBEAT_CERT_FILE" --key "$HEARTBEAT_KEY_FILE"
  {
    echo "url = \"$address\""
    [ -z "$token" ] || echo "header = \"Authorization: Bearer $token\""
  } | bounded "$seconds" curl -q -sS -g -K - -w "$newline  HTTP/- %{http_code}$newline" \
    --connect-timeout "$seconds" --max-time "$seconds" -A "ge-heartbeat-emitter/$version" \
    -H 'Content-Type: application/json' -H 'Expect:' "$@" 3<&0 2>&1 | tail -c 65536
}

# busybox's wget has only its command line, and so gets no secret.
post_with_wget() {
  address=$1 seconds=$2
  set -- "--post-$3=$4" -S -O - -U "ge-heartbeat-emitter/$version"
  if [ "$transport" = wget ]; then
    if [ -n "$secrets" ]; then set -- "$@" --config="$secrets"; else set -- "$@" --no-config; fi
    [ -z "${HEARTBEAT_CA_FILE:-}" ] || set -- "$@" --ca-certificate="$HEARTBEAT_CA_FILE"
    [ -z "${HEARTBEAT_CERT_FILE:-}" ] ||
      set -- "$@" --certificate="$HEARTBEAT_CERT_FILE" --private-key="$HEARTBEAT_KEY_FILE"
    set -- "$@" --timeout="$seconds" -i -
  else
    set -- "$@" "$address"
  fi
  # shellcheck disable=SC2086
  echo "$address" | bounded "$seconds" wget $flags --header='Content-Type: application/json' \
    "$@" 3<&0 2>&1 | tail -c 65536
}

# Sets `status` to that of the response and `reason` to what the service, or else the client, says.
# curl's own line is the last one; of wget's headers the first line counts, because busybox's
# follows redirections.
read_answer() {
  status='' reason=''
  case $answer in
    *'  HTTP/- '*) status=${answer##*'  HTTP/- '} status=${status%"${status#???}"} ;;
  esac
  IFS=$newline
  for line in $answer; do
    case $line in
      '  HTTP/- '*) ;;
      '  HTTP/'*\ [2-5][0-9][0-9]*)
        line=${line#*HTTP/* }
        [ -n "$status" ] || status=${line%"${line#???}"}
        ;;
      *'"detail":"'*) read_string "${line#*'"detail":"'}" ;;
      ' '* | *[[:cntrl:]]* | '<'* | http:* | https:* | [0-9]*-*:*:*) ;;
      Username/Password* | 'wget: server returned'*) ;;
      *) [ -n "$reason" ] || reason=$line ;;
    esac
  done
  unset IFS
  [ "$status" != 000 ] || status=''
  mask "$reason"
  reason=$(printf '%.200s' "$text")
}

# read_string TEXT: sets `reason` to what precedes the quote that ends the JSON string.
read_string() {
  reason='' rest=$1
  while :; do
    reason=$reason${rest%%\"*}
    case $rest in *\"*) rest=${rest#*\"} ;; *) return ;; esac
    case $reason in *\\) reason="${reason%\\}\"" ;; *) return ;; esac
  done
}

# attempt ADDRESS SECONDS: a batch and the end of an instance need the service's own protocol,
# which is beside /beat. The original service answers 404 there.
attempt() {
  native_of "$1"
  status=404
  [ -n "$native" ] || [ -z "$batch" ] || status=405
  if [ -n "$native" ] && { [ -n "$batch$special" ] || [ "$native" = "$1" ]; }; then
    # By the time of sending the service recognizes a clock that is wrong.
    content="${heartbeat%?},\"sentAt\":\"$now_ms\"}"
    post "$native" "$2"
  fi
  case $status in 404 | 405) ;; *) return ;; esac
  if [ "$native" != "$1" ] && [ -z "$batch$meta" ]; then
    content=$beat
    post "$1" "$2"
  fi
}

# Tries the addresses in turn until one acknowledges, each with its share of the time that is left.
try_addresses() {
  tried='' unsure=''
  # shellcheck disable=SC2086
  set -- $addresses
  while [ "$#" -gt 0 ]; do
    read_clock
    left=$((deadline - now))
    [ "$left" -le "$timeout" ] || left=$timeout
    [ "$left" -gt 0 ] || [ -z "$tried" ] || break
    left=$((left / $#))
    [ "$left" -gt 0 ] || left=1
    attempt "$1" "$left"
    tried="${tried:+$tried; }$shown"
    case $status in
      2??) return ;;
      '') tried="$tried: ${reason:-no answer}" ;;
      *) tried="$tried answered HTTP $status${reason:+: $reason}" ;;
    esac
    case $status in
      404) tried="$tried; HEARTBEAT_SERVICE_HOST of the original service ends in /beat" ;;
      405) ;;
      *) if is_final; then break; else unsure=yes; fi ;;
    esac
    shift
  done
  return 1
}

# A response that the same request will always get.
is_final() {
  case $status in 400 | 404 | 405 | 413 | 415 | 422) ;; *) return 1 ;; esac
}

# Appends the heartbeat to the ones that wait, and drops the oldest beyond the bound: so many
# heartbeats, and what fits into one request. On a full disk the file stays as it was.
keep_heartbeat() {
  [ "$spool_max" -gt 0 ] && [ -n "$has_native" ] && find_state || return 1
  spool=$state/$key.spool draft=$state/$key.spool.new
  most=$((786432 / ${#heartbeat}))
  [ "$most" -le "$spool_max" ] || most=$spool_max
  {
    {
      if [ -s "$spool" ]; then tail -n "$((most - 1))" "$spool"; fi &&
        printf '%s\n' "$heartbeat"
    } >"$draft" && [ "$(tail -n 1 "$draft")" = "$heartbeat" ] && mv -f "$draft" "$spool"
  } 2>/dev/null && return
  rm -f "$draft"
  return 1
}

# Runs in a shell of its own, which a signal ends at once. Its exit code is the state of the link:
# 0 acknowledged, 1 no answer, 3 not sent because of the check, 4 redirected, 50 and more: HTTP
# status - 350. A line is printed only when it is not `link`, that of the heartbeat before.
send_heartbeat() {
  if [ -r /proc/self/stat ]; then read -r parent _ </proc/self/stat; fi
  if [ -n "$check" ]; then
    bounded "$timeout" sh -c "$check" >/dev/null 2>&1 3</dev/null
    [ "$ended" -eq 0 ] || leave 3 "not sent: the check ended with exit code $ended"
  fi
  make_heartbeat "$1"
  special=$1$meta deadline=$((now + timeout)) waiting=0
  if [ -n "$state" ] && [ -s "$state/$key.spool" ] && keep_heartbeat; then
    batch=$spool waiting=$(($(wc -l <"$spool") - 1))
    if try_addresses; then
      rm -f "$spool"
      acknowledge
    fi
    is_final || refuse
    # What the service rejects as a whole would be in the way of all that follows.
    batch=''
    if [ -z "$unsure" ]; then
      rm -f "$spool"
      complain "$waiting kept heartbeats are dropped: $tried"
    fi
    waiting=0
  fi
  ! try_addresses || acknowledge
  is_final || keep_heartbeat
  refuse
}

acknowledge() {
  case $answer in *'"rejected":[{'*) complain "rejected in part: $reason" ;; esac
  [ "${link:-0}" -eq 0 ] || link_is_up
  exit 0
}

link_is_up() {
  case $waiting in
    0) complain 'acknowledged again' ;;
    *) complain "acknowledged again, with $waiting kept heartbeats" ;;
  esac
}

refuse() {
  case $status in
    '') leave 1 "not acknowledged: $tried" ;;
    3??) leave 4 "not acknowledged: $tried" ;;
    *) leave "$((status - 350))" "not acknowledged: $tried" ;;
  esac
}

leave() {
  [ "$1" = "$link" ] || complain "$2"
  exit "$1"
}

# What the state folder has of this component. Components with other names, or with an instance of
# their own, may share the folder.
open_state() {
  if [ -n "${HEARTBEAT_STATE_DIR:-}" ]; then find_state; else find_state existing; fi
  key=$GENERIC_ENABLER_ID${HEARTBEAT_INSTANCE:+.$HEARTBEAT_INSTANCE}
  case $key in
    [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | ????????????????????????????????????????????????????????*)
      key=$(printf '%s' "$key" | cksum)
      key=${key%% *}
      ;;
  esac
  [ -n "$state" ] || return 0
  first_line "$state/$key.link"
  case $line in '' | *[!0-9]* | ????*) ;; *) link=$line ;; esac
}

# note_link CODE: remembers the state of the link, in a file where there is a folder.
note_link() {
  [ "$1" != "$link" ] || return 0
  link=$1
  if [ "$link" -eq 0 ]; then
    [ -z "$state" ] || rm -f "$state/$key.link"
  elif [ -n "$state" ] || find_state; then
    { printf '%s\n' "$link" >"$state/$key.link"; } 2>/dev/null
  fi
}

# The lock is a dangling link: it is created in one step, and its text is the second in which it
# expires, and the process. So a run that was killed blocks the next ones for some seconds and never
# for good, even if another process has its number after a restart, or the clock was set.
lock_is_held() {
  kept=$(readlink "$state/$key.lock" 2>/dev/null)
  kept=${kept%%.*}
  case $kept in '' | *[!0-9]*) return 1 ;; esac
  [ "$kept" -ge "$now" ] && [ "$kept" -le $((now + 3800)) ]
}

take_lock() {
  [ -n "$state" ] || return 0
  for turn in 1 2 3; do
    [ "$turn" -eq 1 ] || nap 1
    read_clock
    if ! lock_is_held; then
      [ -z "$kept" ] || rm -f "$state/$key.lock"
      lock=$state/$key.lock
      ! ln -s "$((now + delay + timeout * 2 + 5)).$$" "$lock" 2>/dev/null || return 0
      lock=''
      lock_is_held || return 0
    fi
    [ -z "$signal" ] || return 1
  done
  return 1
}

clean_up() {
  if [ -n "$lock" ]; then
    kept=$(readlink "$lock" 2>/dev/null)
    [ "${kept#*.}" != "$$" ] || rm -f "$lock"
    rm -f "$state/$key.spool.new"
  fi
  [ -z "$secrets" ] || rm -f "$secrets"
  [ -z "$draft" ] || rm -f "$draft"
  lock='' secrets='' draft=''
}

# The token as a configuration of wget.
write_secrets() {
  [ "$transport" = wget ] && [ -n "$token" ] || return 0
  if [ -n "$state" ] || find_state; then
    secrets=$state/$key.wgetrc
    rm -f "$secrets"
    (umask 077 && echo "header = Authorization: Bearer $token" >"$secrets") 2>/dev/null && return
  fi
  complain 'not sent: wget needs a folder to keep the token out of the process list'
  code=1
  return 1
}

# A signal ends what is waited for; what is started afterwards sees `signal`. mksh postpones every
# other signal in a shell that waits for a command's output.
interrupt() {
  signal=$1
  [ -z "$child" ] || kill -9 "$child" 2>/dev/null
}

catch_signals() {
  trap clean_up EXIT
  trap 'interrupt HUP' HUP
  trap 'interrupt INT' INT
  trap 'interrupt TERM' TERM
}

# await PROCESS: sets `code` to its exit code, which means nothing after a signal.
await() {
  child=$1
  [ -n "$signal" ] || wait "$child" 2>/dev/null
  code=$?
  if [ -n "$signal" ]; then
    kill -9 "$child" 2>/dev/null
    wait "$child" 2>/dev/null
  fi
  child=''
}

# nap SECONDS. A shell may miss a signal that arrives right before it waits, so it never waits for
# long.
nap() {
  left=$1
  while [ "$left" -gt 0 ] && [ -z "$signal" ]; do
    slice=$((left > 5 ? 5 : left)) left=$((left - slice))
    sleep "$slice" &
    await $!
  done
}

# one_heartbeat [STATUS]: sets `code`. `delay` comes before the first one.
one_heartbeat() {
  if ! take_lock; then
    [ -n "$signal" ] || complain 'not sent: another run is still sending'
    code=1
    return 0
  fi
  nap "$delay"
  delay=0
  if [ -z "$signal" ] && write_secrets; then
    (trap - EXIT; send_heartbeat "${1:-}") &
    await $!
    [ -n "$signal" ] || note_link "$code"
  fi
  clean_up
}

choose_delay() {
  delay=0
  [ "$jitter" -gt 0 ] || return 0
  first_line /proc/sys/kernel/random/uuid
  random=${line#?} random=${random%%-*}
  delay=$((0x${random:-$$} % (jitter + 1)))
}

# Heartbeats until a signal, at equal distances whatever each of them takes.
many_heartbeats() {
  next=''
  while :; do
    one_heartbeat
    [ -z "$signal" ] || return 0
    read_clock
    next=$((${next:-$now} + interval))
    if [ "$next" -le "$now" ] || [ "$next" -gt $((now + interval)) ]; then
      next=$((now + interval))
    fi
    nap $((next - now))
    [ -z "$signal" ] || return 0
  done
}

# last_heartbeat [STATUS]: within the time that a container has to stop.
last_heartbeat() {
  signal='' check='' delay=0
  [ "$timeout" -le 5 ] || timeout=5
  one_heartbeat "${1:-}"
}

# Passes a signal on to the command. Some shells make a command in the background ignore INT.
forward() {
  again=yes
  if [ -z "$job" ]; then
    pending=$1
    return
  fi
  case $1 in USR?) ;; *) stopped=yes ;; esac
  kill -s "$1" "$job" 2>/dev/null
  [ "$1" = INT ] && [ -r "/proc/$job/status" ] || return 0
  while read -r name value; do
    case $name:$value in SigIgn:*[2367abef]) kill "$job" ;; esac
  done <"/proc/$job/status"
}

# A shell that was just started may lose a signal: it is repeated.
end_pulse() {
  kill "$pulse" 2>/dev/null
  (for turn in 1 2 3; do sleep 1 && kill "$pulse"; done; kill -9 "$pulse") >/dev/null 2>&1 &
  child=$!
  wait "$pulse" 2>/dev/null
  kill "$child" 2>/dev/null
  child=''
}

# The command has the standard input of the script; the heartbeats are sent beside it.
wrap() {
  stopped='' code='' job='' pending=''
  for name in HUP INT QUIT TERM USR1 USR2; do
    # shellcheck disable=SC2064
    trap "forward $name" "$name"
  done
  (
    trap - INT QUIT
    LC_ALL=$given_locale
    [ -n "$given_locale" ] || unset LC_ALL
    exec "$@"
  ) <&4 4<&- &
  job=$!
  [ -z "$pending" ] || forward "$pending"
  (catch_signals; many_heartbeats) 4<&- &
  pulse=$!
  again=yes
  while [ -n "$again" ]; do
    again=''
    wait "$job" 2>/dev/null
    ended=$?
    [ "$ended" -eq 127 ] && [ -n "$code" ] || code=$ended
  done
  [ "$code" -lt 256 ] || code=$((code - 128))
  ended=$code
  end_pulse
  trap '' USR1 USR2 QUIT
  catch_signals
  if [ "$ended" -eq 0 ] || { [ -n "$stopped" ] && [ "$ended" -gt 128 ]; }; then
    last_heartbeat stopping
  else
    complain "the command ended with exit code $ended"
    meta="{\"exitCode\":\"$ended\"}"
    last_heartbeat
  fi
  exit "$ended"
}

show_source() {
  case ${1:-} in
    found) printf 'instance  %s\n          %s\n' "$instance" "$why" ;;
    *) printf '          not %s: %s\n' "$way" "$why" ;;
  esac
}

show() {
  printf 'component %s\nversion   %s\n' "$GENERIC_ENABLER_ID" "$GENERIC_ENABLER_VERSION"
  find_instance show_source
  for address in $addresses; do
    native_of "$address"
    printf 'address   %s\n' "$shown"
  done
  printf 'token     %s\n' "${token:+from $token_from}"
  printf 'client    %s\n' "$transport"
  open_state
  waiting=0
  [ -z "$state" ] || [ ! -s "$state/$key.spool" ] || waiting=$(wc -l <"$state/$key.spool")
  printf 'state     %s, %s heartbeats wait\n' "${state:-no folder}" "$waiting"
}

# is_newer A B: versions of three numbers.
is_newer() {
  IFS=.
  # shellcheck disable=SC2086
  set -- $1 $2
  unset IFS
  [ "$#" -eq 6 ] || return 1
  for number in "$@"; do
    case $number in '' | *[!0-9]* | ??????*) return 1 ;; esac
  done
  [ "$1" -eq "$4" ] || { [ "$1" -gt "$4" ]; return; }
  [ "$2" -eq "$5" ] || { [ "$2" -gt "$5" ]; return; }
  [ "$3" -gt "$6" ]
}

# fetch ADDRESS FILE: without the token, which is not meant for that server.
fetch() {
  parent=''
  case $transport in
    curl)
      set -- "$1" "$2" curl -q -sSf -g --max-time "$timeout" -o "$2"
      [ -z "${HEARTBEAT_CA_FILE:-}" ] || set -- "$@" --cacert "$HEARTBEAT_CA_FILE"
      ;;
    *)
      set -- "$1" "$2" wget -q -O "$2"
      [ "$transport" != wget ] || set -- "$@" --no-config --tries=1 --max-redirect=0
      [ -z "${HEARTBEAT_CA_FILE:-}" ] || set -- "$@" --ca-certificate="$HEARTBEAT_CA_FILE"
      ;;
  esac
  wanted=$1
  shift 2
  bounded "$timeout" "$@" "$wanted" >/dev/null 2>&1 3</dev/null || fail "not updated: no $wanted"
}

# Replaces this file by the one of HEARTBEAT_UPDATE_URL: only by a newer one with the right SHA-256
# and a signature of the pinned key, in one step; the last one stays as FILE.previous.
update() {
  from=${HEARTBEAT_UPDATE_URL:-} pinned=${HEARTBEAT_UPDATE_KEY:-}
  [ -n "$from" ] || misconfigured 'HEARTBEAT_UPDATE_URL is not set: updates are off'
  no_control HEARTBEAT_UPDATE_URL "$from"
  case $from in
    http://?* | https://?*) ;;
    *) misconfigured 'HEARTBEAT_UPDATE_URL begins neither with http:// nor https://' ;;
  esac
  [ -r "$pinned" ] || misconfigured 'HEARTBEAT_UPDATE_KEY is not a file that can be read'
  for name in openssl sha256sum; do
    command -v "$name" >/dev/null 2>&1 || misconfigured "not updated: there is no $name"
  done
  has_secret=''
  find_transport
  own=$(readlink -f -- "$0")
  [ -w "$own" ] || fail 'not updated: the file of this program cannot be written'
  draft=$own.new
  trap 'rm -f "$draft" "$draft.sha256" "$draft.sig"' EXIT
  trap 'exit 1' HUP INT TERM
  fetch "$from" "$draft"
  fetch "$from.sha256" "$draft.sha256"
  fetch "$from.sig" "$draft.sig"
  first_line "$draft.sha256"
  digest=$(sha256sum <"$draft")
  [ "${digest%% *}" = "${line%% *}" ] || fail 'not updated: the SHA-256 does not match'
  openssl dgst -sha256 -verify "$pinned" -signature "$draft.sig" "$draft" >/dev/null 2>&1 ||
    fail 'not updated: the signature is not one of HEARTBEAT_UPDATE_KEY'
  offered=$(sh "$draft" --version 2>/dev/null) || fail 'not updated: the new file does not run'
  offered=${offered#"$program "}
  is_newer "$offered" "$version" || return 0
  {
    chmod 755 "$draft" && cp -p "$own" "$own.previous" && mv -f "$draft" "$own"
  } 2>/dev/null || fail 'not updated: the file cannot be replaced'
  printf '%s: updated from %s to %s\n' "$program" "$version" "$offered"
}

run() {
  check_settings
  read_token
  if [ "$mode" != print ] || [ -n "${HEARTBEAT_SERVICE_HOST:-}" ]; then read_addresses; fi
  case $mode in
    print)
      find_instance
      make_heartbeat
      case ${addresses:-} in
        *[!/]/api/v1/heartbeats) printf '%s\n' "$heartbeat" ;;
        *) printf '%s\n' "$beat" ;;
      esac
      return
      ;;
    show)
      find_transport
      show
      return
      ;;
  esac
  find_transport
  find_instance
  [ "$mode" = once ] || interval=${interval:-30}
  open_state
  choose_delay
  catch_signals
  case $mode in
    once)
      one_heartbeat
      [ -z "$signal" ] && [ "$code" -eq 0 ] || exit 1
      ;;
    loop)
      many_heartbeats
      last_heartbeat stopping
      exit 0
      ;;
    wrap) wrap "$@" ;;
  esac
}

mode=once
while [ "$#" -gt 0 ]; do
  case $1 in
    --once | --loop | --show | --print | --update) mode=${1#--} ;;
    --check)
      [ -n "${2:-}" ] || misconfigured '--check needs a command'
      check=$2
      shift
      ;;
    --wrap)
      mode=wrap
      shift
      [ "${1:-}" != -- ] || shift
      [ "$#" -gt 0 ] || misconfigured '--wrap needs a command'
      break
      ;;
    --help) usage && exit ;;
    --version) printf '%s %s\n' "$program" "$version" && exit ;;
    *) misconfigured "unknown option $1, see --help" ;;
  esac
  shift
done
[ "$mode" != wrap ] || exec 4<&0
exec </dev/null
read_settings
case $mode in
  update)
    timeout=${HEARTBEAT_TIMEOUT:-30}
    whole_number HEARTBEAT_TIMEOUT "$timeout" 1 60
    update
    ;;
  *) run "$@" ;;
esac
