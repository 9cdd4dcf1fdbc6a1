#!/bin/sh
# Backs the database up, and tells the product's watch when: `backup.sh` once a day for good, as
# compose runs it, or `backup.sh once` for a cron job. Needs pg_dump, pg_restore and psql no older
# than the server. A failed one is tried again ten minutes later; a second one at once does nothing.
#
#   DATABASE_URL      the owner's: other roles may not read everything. Where others see this
#                     machine's processes, leave the password out of it, and use ~/.pgpass
#   BACKUP_FOLDER     where the dumps are; copy it to another machine yourself
#   BACKUP_KEEP_DAYS  14: older dumps are deleted, once a newer one is whole
set -eu
umask 077
: "${DATABASE_URL:?is not set}" "${BACKUP_FOLDER:?is not set}"
keep_days=${BACKUP_KEEP_DAYS:-14}

say() { echo "backup: $*" >&2; }

# The newest whole dump; its name is when it began.
newest() { find "$BACKUP_FOLDER" -maxdepth 1 -name 'kibeezy-*.dump' | sort | tail -n 1; }

dump() {
    begun=$(date -u +%Y%m%dT%H%M%SZ)
    part="$BACKUP_FOLDER/kibeezy-$begun.part"
    # Of one that was killed.
    rm -f "$BACKUP_FOLDER"/kibeezy-*.part
    pg_dump --format=custom --file="$part" "$DATABASE_URL" || return 1
    # It reads every row again: a list of contents alone is there in half a file too.
    pg_restore --file=/dev/null "$part" || return 1
    sync
    mv "$part" "$BACKUP_FOLDER/kibeezy-$begun.dump" || return 1
    say "kibeezy-$begun.dump is whole, $(wc -c <"$BACKUP_FOLDER/kibeezy-$begun.dump") bytes"
    find "$BACKUP_FOLDER" -maxdepth 1 -name 'kibeezy-*.dump' -mtime "+$keep_days" -delete
}

# As operations/backups.py: never to an older time.
report() {
    psql "$DATABASE_URL" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=good="$1" --set=bad="$2" \
        >/dev/null <<'SQL'
INSERT INTO operations_taskrun AS run (task, succeeded_at, failed_at)
VALUES ('backup', nullif(:'good', '')::timestamptz, nullif(:'bad', '')::timestamptz)
ON CONFLICT (task) DO UPDATE
   SET succeeded_at = greatest(run.succeeded_at, excluded.succeeded_at),
       failed_at = greatest(run.failed_at, excluded.failed_at);
SQL
}

back_up() {
    status=0
    if [ -z "$(find "$BACKUP_FOLDER" -maxdepth 1 -name 'kibeezy-*.dump' -mmin -1435)" ]; then
        if ! dump; then
            say "failed"
            report "" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" || say "and could not be reported"
            status=1
        fi
    fi
    # Each time, so that a database that was restored, or away just then, learns of it too.
    at=$(newest | sed -n 's/.*kibeezy-\(.*\)\.dump$/\1/p')
    if [ -n "$at" ]; then
        report "$at" "" || { say "could not be reported"; status=1; }
    fi
    return $status
}

exec 9>"$BACKUP_FOLDER/lock"
flock --nonblock 9 || { say "another one runs"; exit 1; }
if [ "${1:-}" = once ]; then
    back_up
    exit
fi
trap 'exit 0' TERM INT
while :; do
    back_up || :
    # Without the lock, so that who is started again gets it.
    sleep 600 9>&- &
    wait $!
done
