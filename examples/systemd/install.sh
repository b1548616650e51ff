#!/bin/sh
# Install the units, as root; keys itself is in /usr/local/bin (README.md, "for the whole machine").
# DESTDIR=DIR installs below DIR and creates no user, for a package or an image.
set -eu
cd "$(dirname "$0")"
root=${DESTDIR:-}
[ -n "$root" ] || id bifrost >/dev/null 2>&1 ||
    useradd --system --home-dir /var/lib/bifrost --shell /usr/sbin/nologin bifrost
install -D -m 644 -t "$root/etc/systemd/system" bifrost.service bifrost-keys.service
install -D -m 755 -t "$root/usr/local/lib/bifrost" with-credentials
[ -e "$root/etc/bifrost/keys.json" ] || install -D -m 644 -t "$root/etc/bifrost" keys.json
cat <<'END'
Encrypt each secret under the name of its variable, then start the gateway:
  systemd-ask-password -n | systemd-creds encrypt --name=OPENAI_API_KEY - /etc/bifrost/OPENAI_API_KEY.cred
  systemctl daemon-reload && systemctl enable --now bifrost.service
END
