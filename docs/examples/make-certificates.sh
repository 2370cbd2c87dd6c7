#!/bin/sh
# A private certificate authority and one certificate for all sides of the cluster: sh make-certificates.sh FOLDER
# Keep ca-key.pem where nobody else reads it; copy ca.pem, cert.pem and key.pem to every machine.
set -eu
umask 077
mkdir -p "$1"
cd "$1"
openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj "/CN=grading authority" -keyout ca-key.pem -out ca.pem
openssl req -newkey rsa:3072 -nodes -subj "/CN=grading" -keyout key.pem -out request.pem
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 365 -out cert.pem
rm request.pem
