# Whether Switchyard has sent what is in the file $1, within the last five minutes. In the environment: WEBHOOK_SECRET,
# and the headers as WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE. To look by hand; a service uses its own language.
verify() {
  local now key signature shown one
  now=$(date +%s)
  [[ $WEBHOOK_TIMESTAMP =~ ^[0-9]{1,12}$ ]] || return 1
  ((now - 10#$WEBHOOK_TIMESTAMP <= 300 && 10#$WEBHOOK_TIMESTAMP - now <= 300)) || return 1
  key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
  signature=$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP" && cat "$1"; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
  read -ra shown <<<"$WEBHOOK_SIGNATURE"
  for one in "${shown[@]}"; do [[ $one == "v1,$signature" ]] && return 0; done
  return 1
}
