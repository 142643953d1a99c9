# Calls client.sh for modelslab-mock check-client --adapter "sh adapter.sh"
here=$(dirname "$0")
while read -r line; do
  get() { printf '%s' "$line" | jq -r "$1"; }
  case $(get .op) in
    hello) echo '{"op": "hello", "v": 1, "name": "client.sh", "language": "sh", "caps": {"virtual_time": "tied"}}' ;;
    call)
      export MODELSLAB_BASE_URL="$(get .base_url)" MODELSLAB_API_KEY="$(get .key)"
      if images=$(get '.request | tojson' | sh "$here/client.sh" 2> "$MODELSLAB_TIME_FILE.said"); then
        jq -nc --argjson seq "$(get .seq)" --argjson images "$images" '{op: "result", seq: $seq, kind: "images", images: $images}'
      else
        jq -nc --argjson seq "$(get .seq)" --rawfile said "$MODELSLAB_TIME_FILE.said" \
          '{op: "result", seq: $seq, kind: "error", message: ($said | rtrimstr("\n"))}'
      fi ;;
    *) exit 0 ;; # bye
  esac
done
