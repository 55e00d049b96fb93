# A small compose-like project as a careful team would run it. Sourced by the fill scripts of the
# well-kept hosts after lib.sh.
# shellcheck shell=sh

clean_images() {
    import_base registry.example.net/base/busybox:1.36.1
    build registry.example.net/shop/web:1.4.2 <<'DOCKERFILE'
FROM registry.example.net/base/busybox:1.36.1
LABEL org.opencontainers.image.source="https://git.example.net/shop/web" \
      org.opencontainers.image.revision="4f2c9d1" org.opencontainers.image.vendor="shop team" \
      org.opencontainers.image.created="2026-11-01T00:00:00Z"
COPY app.conf /srv/app.conf
WORKDIR /srv
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s CMD ["/bin/wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/app.conf"]
USER 10001:10001
CMD ["/bin/httpd", "-f", "-p", "8080", "-h", "/srv"]
DOCKERFILE
}

# hardened NAME SERVICE OPTION…: starts one container of the project with every restraint on.
hardened() {
    name=$1 service=$2
    shift 2
    docker run --detach --name "$name" --hostname "$service" \
        --label com.docker.compose.project=shop --label "com.docker.compose.service=$service" \
        --label com.docker.compose.container-number=1 --label com.docker.compose.oneoff=False \
        --label org.example.owner=shop-team \
        --network shop_front --read-only --tmpfs /tmp:rw,noexec,nosuid,nodev,size=8m \
        --cap-drop ALL --security-opt no-new-privileges=true \
        --restart on-failure:5 --ulimit nofile=1024:2048 "$@" >/dev/null
}

clean_project() {
    clean_images
    docker network create --label com.docker.compose.project=shop --label com.docker.compose.network=front \
        shop_front >/dev/null
    docker volume create --label com.docker.compose.project=shop shop_data >/dev/null
    # The v2 tree of some machines has no controllers, and the engine then refuses limits.
    limits='--pids-limit 64 --memory 64m --memory-swap 64m --cpus 0.5'
    docker info --format '{{.MemoryLimit}}' 2>/dev/null | grep -q true || limits=
    # shellcheck disable=SC2086 # a list of options
    hardened shop-web-1 web $limits --publish "$ADDRESS:8443:8080" --volume shop_data:/srv/data \
        registry.example.net/shop/web:1.4.2
    # shellcheck disable=SC2086
    hardened shop-worker-1 worker $limits --health-cmd 'test -r /srv/app.conf' --health-interval 5s \
        registry.example.net/shop/web:1.4.2 /bin/sleep 1000000
}
