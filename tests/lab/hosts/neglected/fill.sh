#!/bin/sh
# What runs on the neglected host. Each container has one kind of trouble, and its name says which.
. /run/lab/fill/lib.sh

images() {
    import_base legacy/base:latest
    # Built three times: `web` keeps the first, which gets a second name, the tag moves on, and the second is left
    # without a name.
    for revision in 1 2 3; do
        build legacy/app:latest <<DOCKERFILE
FROM legacy/base:latest
MAINTAINER nobody
LABEL api_key="$(secret image-label)" revision="$revision"
ENV DB_PASSWORD="$(secret image-env)"
ADD app.conf /srv/app.conf
RUN apt-get update
RUN apt-get install -y --allow-unauthenticated sudo openssh-server gcc curl
RUN TOKEN=$(secret image-history) pip install --trusted-host 10.0.0.9 app
EXPOSE 22 80
CMD ["/bin/sh", "-c", "PASSWORD=$(secret image-command) exec httpd -f -p 80 -h /srv"]
DOCKERFILE
        [ "$revision" != 1 ] || { docker tag legacy/app:latest legacy/app:first && web; }
    done
    build legacy/sshd:latest <<'DOCKERFILE'
FROM legacy/base:latest
RUN printf '#!/bin/sh\nwhile :; do sleep 3600; done\n' >/usr/sbin/sshd && chmod 0755 /usr/sbin/sshd
EXPOSE 22
CMD ["/usr/sbin/sshd", "-D"]
DOCKERFILE
}

# start NAME OPTION… -- COMMAND…, on the default bridge unless an option says otherwise.
start() {
    name=$1
    shift
    docker run --detach --name "$name" --restart always "$@" >/dev/null
}
SLEEP='/bin/sleep 1000000'

web() {
    start web --publish 80:80 --publish 81:80 \
        --env "DB_PASSWORD=$(secret env-password)" --env "GITHUB_TOKEN=$(secret env-token)" \
        --env "AWS_ACCESS_KEY_ID=$(secret env-aws-key)" --env "BACKEND=$(secret env-plain-name)" \
        --env "DATABASE_URL=postgres://$(secret env-url)@db.example.org/shop" \
        --label "stripe.key=$(secret label-key)" --label "note=$(secret label-note)" \
        --log-opt "tag=$(secret log-option)" \
        --health-cmd "wget -q -O - http://127.0.0.1/?key=$(secret health-command)" --health-interval 1h \
        legacy/app:latest
}

# The commands are lists of words on purpose.
# shellcheck disable=SC2086
containers() {
    start maintenance --privileged --pid host --network host --ipc host --uts host --userns host \
        --volume /:/host legacy/base:latest $SLEEP
    start watcher --volume /var/run/docker.sock:/var/run/docker.sock legacy/base:latest $SLEEP
    start shims --volume /run/containerd/containerd.sock:/run/containerd/containerd.sock legacy/base:latest $SLEEP
    start backup --volume /etc:/backup/etc --volume /run:/backup/run --volume /usr:/backup/usr:ro \
        legacy/base:latest /bin/sh -c 'while :; do sleep 1000000; done' backup --password "$(secret command-line)"
    start tracer --cap-add SYS_ADMIN --cap-add NET_ADMIN --cap-add SYS_PTRACE --security-opt seccomp=unconfined \
        --security-opt systempaths=unconfined --device /dev/fuse --cgroupns host \
        --cgroup-parent /custom --group-add "$(getent group docker | cut -d: -f3)" legacy/base:latest $SLEEP
    start propagated --volume /srv:/srv:shared --oom-kill-disable --ulimit nofile=4096 legacy/base:latest $SLEEP
    start shell-server --publish-all legacy/sshd:latest
    start linked --link web:web --volumes-from propagated --log-driver none legacy/base:latest $SLEEP
    # As another user of the machine's default bridge, with a memory limit but no more.
    start half-kept --user 10001 --memory 64m --network "$(docker network create --label "password=$(secret network-label)" lonely)" \
        legacy/base:latest $SLEEP
    # Names and values made to take over a terminal.
    mkdir -p "/srv/${ESC}[7mshare"
    start disturbing --env "BANNER=${ESC}]0;owned${BEL}${ESC}[2J" \
        --label "com.docker.compose.project=evil${ESC}[31m" --label "com.docker.compose.service=red${ESC}[5m" \
        --label "com.docker.compose.container-number=1" --label "${ESC}[8mhidden=yes" \
        --label "com.docker.compose.project.config_files=/srv/${ESC}[7mshare/compose.yaml" \
        --volume "/srv/${ESC}[7mshare:/srv/${ESC}[7mshare" --workdir "/srv/${ESC}[7mshare" \
        legacy/base:latest /bin/sh -c "exec sleep 1000000 # ${ESC}[1A${ESC}[2K"
    start composed --label com.docker.compose.project=shop --label com.docker.compose.service=web \
        --label com.docker.compose.container-number=1 --label com.docker.compose.project.working_dir=/srv/shop \
        --label com.docker.compose.project.config_files=/srv/shop/compose.yaml legacy/base:latest $SLEEP
    docker run --name finished --privileged legacy/base:latest /bin/true
    docker create --name never-started --network host legacy/base:latest $SLEEP >/dev/null
}

volumes() {
    docker volume create --opt type=cifs --opt device=//10.0.0.9/share \
        --opt "o=username=svc,password=$(secret volume-option)" --label "token=$(secret volume-label)" share >/dev/null
}

images
containers
volumes
# The engine makes its sockets anew at each start; a careless start-up script opens them like this.
chmod 0666 /run/docker.sock /run/containerd/containerd.sock
chmod 0777 /var/lib/docker
