package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	direct "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/direct_response/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"istio.io/istio/pilot/pkg/model"
)

// outbound is all that decides where the requests of a workload go.
type outbound struct {
	domain    string
	listeners []*listener.Listener
	tables    map[string]*route.RouteConfiguration
	clusters  map[string]*cluster.Cluster
}

// listenerFor is the listener that Envoy hands a connection over to: the one of the dialled address, else the one of the
// port, else the one that caught the connection.
func (o *outbound) listenerFor(address string, port uint16) (*listener.Listener, error) {
	var ofPort, ofAll *listener.Listener
	for _, l := range o.listeners {
		bound := l.GetAddress().GetSocketAddress()
		switch {
		case l.Name == model.VirtualOutboundListenerName:
			ofAll = l
		case l.Name == model.VirtualInboundListenerName || bound.GetPortValue() != uint32(port):
		case bound.GetAddress() == address:
			return l, nil
		case bound.GetAddress() == "0.0.0.0":
			ofPort = l
		}
	}
	switch {
	case ofPort != nil:
		return ofPort, nil
	case ofAll != nil:
		return ofAll, nil
	}
	return nil, fmt.Errorf("istiod made no listener for %s:%d", address, port)
}

// table finds a route table by its name.
func (o *outbound) table(inline *route.RouteConfiguration, name string) (*route.RouteConfiguration, error) {
	if inline != nil {
		return inline, nil
	}
	table, made := o.tables[name]
	if !made {
		return nil, fmt.Errorf("istiod made no route table %q", name)
	}
	return proto.Clone(table).(*route.RouteConfiguration), nil
}

// shares says what the clusters of an action are to the job.
func (o *outbound) shares(clusters []*route.WeightedCluster_ClusterWeight) []Share {
	var shares []Share
	for _, c := range clusters {
		share := Share{Cluster: c.Name, Weight: c.GetWeight().GetValue()}
		if _, made := o.clusters[c.Name]; !made {
			share.Missing = true
		}
		if strings.HasPrefix(c.Name, "outbound|") {
			_, _, hostname, port := model.ParseSubsetKey(c.Name)
			share.Port = port
			if name, namespace, ok := strings.Cut(strings.TrimSuffix(string(hostname), ".svc."+o.domain), "."); ok && !strings.Contains(namespace, ".") {
				share.Service = namespace + "/" + name
			}
		}
		shares = append(shares, share)
	}
	return shares
}

// unchanged keeps all actions: such a listener is only shown to Envoy, to learn whether it takes what istiod built.
type unchanged struct{ *outbound }

func (u unchanged) routes(inline *route.RouteConfiguration, name string) (*route.RouteConfiguration, error) {
	table, err := u.table(inline, name)
	if err != nil {
		return nil, err
	}
	return table, eachRoute(table, func(*route.Route) error { return nil })
}

func (unchanged) tcp(proxy *tcpproxy.TcpProxy) (*listener.Filter, error) {
	packed, err := anypb.New(proxy)
	if err != nil {
		return nil, err
	}
	return &listener.Filter{
		Name:       "envoy.filters.network.tcp_proxy",
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed},
	}, nil
}

// telling replaces every forwarding action by an answer with its mark: one request then tells which route was matched, and
// so its exact shares.
type telling struct {
	*outbound
	marked *[][]Share
}

func (t telling) mark(clusters []*route.WeightedCluster_ClusterWeight) string {
	*t.marked = append(*t.marked, t.shares(clusters))
	return strconv.Itoa(len(*t.marked) - 1)
}

func (t telling) routes(inline *route.RouteConfiguration, name string) (*route.RouteConfiguration, error) {
	table, err := t.table(inline, name)
	if err != nil {
		return nil, err
	}
	return table, eachRoute(table, func(r *route.Route) error {
		switch action := r.Action.(type) {
		case *route.Route_DirectResponse, *route.Route_Redirect:
			return nil
		case *route.Route_Route:
			clusters, err := clustersOf(action.Route)
			if err != nil {
				return err
			}
			answer(r, t.mark(clusters))
			return nil
		}
		return fmt.Errorf("an action %T that is not understood", r.Action)
	})
}

func clustersOf(action *route.RouteAction) ([]*route.WeightedCluster_ClusterWeight, error) {
	switch specifier := action.ClusterSpecifier.(type) {
	case *route.RouteAction_Cluster:
		return alone(specifier.Cluster), nil
	case *route.RouteAction_WeightedClusters:
		for _, c := range specifier.WeightedClusters.Clusters {
			if c.Name == "" {
				return nil, errors.New("a cluster that a header names")
			}
		}
		return specifier.WeightedClusters.Clusters, nil
	}
	return nil, fmt.Errorf("clusters given as %T", action.ClusterSpecifier)
}

// alone is the cluster that gets everything.
func alone(name string) []*route.WeightedCluster_ClusterWeight {
	return []*route.WeightedCluster_ClusterWeight{{Name: name, Weight: wrapperspb.UInt32(1)}}
}

func (t telling) tcp(proxy *tcpproxy.TcpProxy) (*listener.Filter, error) {
	var clusters []*route.WeightedCluster_ClusterWeight
	switch specifier := proxy.ClusterSpecifier.(type) {
	case *tcpproxy.TcpProxy_Cluster:
		clusters = alone(specifier.Cluster)
	case *tcpproxy.TcpProxy_WeightedClusters:
		for _, c := range specifier.WeightedClusters.Clusters {
			clusters = append(clusters, &route.WeightedCluster_ClusterWeight{Name: c.Name, Weight: wrapperspb.UInt32(c.Weight)})
		}
	default:
		return nil, fmt.Errorf("clusters given as %T", proxy.ClusterSpecifier)
	}
	packed, err := anypb.New(&direct.Config{
		Response: &core.DataSource{Specifier: &core.DataSource_InlineString{InlineString: tcpMark + t.mark(clusters) + "\n"}},
	})
	if err != nil {
		return nil, err
	}
	return &listener.Filter{
		Name:       "envoy.filters.network.direct_response",
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed},
	}, nil
}

// tcpMark is before the mark in the answer of a TCP connection.
const tcpMark = reachedHeader + " "
