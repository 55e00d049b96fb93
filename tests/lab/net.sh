# The lab's network: one namespace with a bridge, one namespace per host with a wire to it.
# Sourced after common.sh.
# shellcheck shell=sh

net_up() {
    ip netns add "$LAB_NETNS"
    ip -n "$LAB_NETNS" link set lo up
    ip -n "$LAB_NETNS" link add br0 type bridge
    ip -n "$LAB_NETNS" address add "$LAB_GATEWAY/24" dev br0
    ip -n "$LAB_NETNS" address add "$LAB_SECOND/24" dev br0
    ip -n "$LAB_NETNS" link set br0 up
}

# host_wire HOST: the lab's end of the host's wire.
host_wire() { printf 'wire%s\n' "$(host_address "$1" | cut -d. -f4)"; }

# net_join HOST
net_join() {
    ns=$(host_netns "$1") address=$(host_address "$1") wire=$(host_wire "$1")
    ip netns add "$ns"
    ip -n "$ns" link set lo up
    ip -n "$LAB_NETNS" link add "$wire" type veth peer name eth0 netns "$ns"
    ip -n "$LAB_NETNS" link set "$wire" master br0 up
    # A card that nobody has: what is sent there is swallowed. Said again with each host, because a bridge forgets its
    # neighbours when its first wire comes up.
    ip -n "$LAB_NETNS" neighbour replace "$LAB_BLACK_HOLE" lladdr 02:00:00:00:00:98 dev br0 nud permanent
    ip -n "$ns" address add "$address/24" dev eth0
    ip -n "$ns" link set eth0 up
    ip -n "$ns" route add default via "$LAB_GATEWAY"
}

# net_leave HOST: the wire is cut by name, for with its namespace it would go only some time later.
net_leave() {
    [ -e "/run/netns/$(host_netns "$1")" ] || return 0
    ip -n "$LAB_NETNS" link delete "$(host_wire "$1")" 2>/dev/null || :
    ip netns delete "$(host_netns "$1")"
}

# Removes the namespaces of the run; wires go with them.
net_down() {
    ip netns list | awk '{ print $1 }' | while read -r ns; do
        case $ns in
            "$LAB_NETNS" | "$LAB_NETNS"-*) ip netns delete "$ns" ;;
        esac
    done
}
