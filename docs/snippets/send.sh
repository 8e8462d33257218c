# Signs the file $1 with WEBHOOK_SECRET and sends it to the URL $2 as Switchyard would; prints the status.
send() {
  local id timestamp key signature
  id=evt_by_hand_$RANDOM timestamp=$(date +%s)
  key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
  signature=$({ printf '%s.%s.' "$id" "$timestamp" && cat "$1"; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
  curl -s -o /dev/null -w '%{http_code}\n' "$2" --data-binary "@$1" \
    -H 'Content-Type: application/cloudevents+json' \
    -H "webhook-id: $id" -H "webhook-timestamp: $timestamp" -H "webhook-signature: v1,$signature"
}
