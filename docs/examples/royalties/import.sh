# A catalogue from a shell: sign in, upload a file, have it imported, wait for it, look for rows that were not taken.
API=http://localhost:3000
post() { curl -fsS -H 'content-type: application/json' "${@:3}" -d "$2" "$API/api/v1/$1"; }
token=$(post users.signIn '{"identifier":"ann","password":"antiphon-demo"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
now=$(date +%s%N)
printf 'track,title,label,isrc\nsong-%s,Song,Shell Records,GB-AYE-67-00001\n,No id,Shell Records,\n' "$now" >"catalogue-$now.csv"
trap 'rm "catalogue-$now.csv"' EXIT
file=catalogue-$now.csv

# #region import
auth="Authorization: Bearer $token"
size=$(wc -c <"$file" | tr -d ' ')
upload=$(post uploads.begin "{\"name\":\"tracks.csv\",\"type\":\"text/csv\",\"sizeBytes\":$size}" -H "$auth" | grep -o 'upl_[0-9a-z]*' | head -1)
curl -fsS -T "$file" -H "$auth" "$API/uploads/$upload" >/dev/null
post uploads.complete "{\"uploadId\":\"$upload\"}" -H "$auth" >/dev/null
import=$(post royalties.imports.create "{\"kind\":\"tracks\",\"uploadId\":\"$upload\"}" -H "$auth" | grep -o 'imp_[0-9a-z]*' | head -1)
until post royalties.imports.get "{\"importId\":\"$import\"}" -H "$auth" | grep -E '"state":"(done|failed|duplicate)"'; do sleep 0.2; done
post royalties.imports.problems "{\"importId\":\"$import\"}" -H "$auth" # [{"line":3,"code":"ID_MISSING",...}]
# #endregion import
