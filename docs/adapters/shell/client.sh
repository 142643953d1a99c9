# A small client: draw.sh reads the order from stdin, submits, fetches until the job ends, and prints the pictures as JSON.
# What the server says against it goes to stderr, with exit code 1.
ask() { curl -sS --max-time 30 "$MODELSLAB_BASE_URL$1" -H 'Content-Type: application/json' -d "$2" || exit 1; }
told() { printf '%s' "$answer" | jq -r "$1" || exit 1; }

answer=$(ask /api/v6/images/text2img "$(jq -c --arg key "$MODELSLAB_API_KEY" '. + {key: $key}')") || exit 1
id=$(told .id)
deadline=$(($(date +%s) + 120))
while [ "$(told .status)" = processing ]; do
  if [ "$(date +%s)" -gt "$deadline" ]; then echo "timed out" >&2; exit 1; fi
  sleep "$(told '[10, (.eta // 0 | tonumber)] | max')"
  answer=$(ask "/api/v6/images/fetch/$id" "{\"key\": \"$MODELSLAB_API_KEY\"}") || exit 1
done
if [ "$(told .status)" = success ]; then told '.output | tojson'; else told '.message // .messege' >&2; exit 1; fi
