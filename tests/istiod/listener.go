package main

import (
	"fmt"
	"slices"
	"strings"

	xdstype "github.com/cncf/xds/go/udpa/type/v1"
	xdstype3 "github.com/cncf/xds/go/xds/type/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	proxyprotocol "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/proxy_protocol/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// actions is what becomes of the traffic that a listener lets through: there is nothing behind it here to forward to.
type actions interface {
	// routes gives the table of an HTTP connection manager, which has it inline or (nil here) by a name.
	routes(inline *route.RouteConfiguration, name string) (*route.RouteConfiguration, error)
	// tcp gives the filter that ends a chain in place of the TCP proxy.
	tcp(proxy *tcpproxy.TcpProxy) (*listener.Filter, error)
}

// What may happen to a filter, by the type of its configuration. Any other might decide something that would go unseen.
var (
	// Telemetry of Istio's own Envoy, which the stock one lacks; none of it decides anything.
	dropped = []string{
		"envoy.tcp.metadataexchange.config.MetadataExchange",
		"io.istio.http.peer_metadata.Config",
		"stats.PluginConfig",
		// This one sets the ALPN of the upstream connection.
		"istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
	}
	// Filters that run as they are.
	networkFilters = []string{
		"envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy",
		"envoy.extensions.filters.network.rbac.v3.RBAC",
	}
	httpFilters = []string{
		"envoy.extensions.filters.http.cors.v3.Cors",
		"envoy.extensions.filters.http.fault.v3.HTTPFault",
		"envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
		"envoy.extensions.filters.http.grpc_web.v3.GrpcWeb",
		"envoy.extensions.filters.http.rbac.v3.RBAC",
		"envoy.extensions.filters.http.router.v3.Router",
	}
	listenerFilters = []string{
		"envoy.extensions.filters.listener.http_inspector.v3.HttpInspector",
		"envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
	}
)

const originalDestination = "envoy.extensions.filters.listener.original_dst.v3.OriginalDst"

// onSocket makes a listener of istiod's run on a local socket. What decides is kept: filter chain matches, RBAC filters, the
// options of the connection managers, the matches of the routes.
func onSocket(original *listener.Listener, socket string, do actions) (*listener.Listener, error) {
	l := proto.Clone(original).(*listener.Listener)
	l.Name = socket
	l.Address = pipe(socket)
	l.AdditionalAddresses = nil
	l.BindToPort = nil
	l.ConnectionBalanceConfig = nil
	l.EnableReusePort = wrapperspb.Bool(false)
	filters, err := withProxyProtocol(l.ListenerFilters)
	if err != nil {
		return nil, err
	}
	l.ListenerFilters = filters
	chains := l.FilterChains
	if l.DefaultFilterChain != nil {
		chains = append(slices.Clone(chains), l.DefaultFilterChain)
	}
	for _, chain := range chains {
		if err := adaptChain(chain, do); err != nil {
			return nil, fmt.Errorf("filter chain %q: %w", chain.Name, err)
		}
	}
	return l, nil
}

func pipe(path string) *core.Address {
	return &core.Address{Address: &core.Address_Pipe{Pipe: &core.Pipe{Path: path}}}
}

// withProxyProtocol lets the client say what original_dst would ask the kernel for: the addresses in the mesh.
func withProxyProtocol(filters []*listener.ListenerFilter) ([]*listener.ListenerFilter, error) {
	first, err := anypb.New(&proxyprotocol.ProxyProtocol{})
	if err != nil {
		return nil, err
	}
	adapted := []*listener.ListenerFilter{{
		Name:       "envoy.filters.listener.proxy_protocol",
		ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: first},
	}}
	for _, filter := range filters {
		switch name := typeOf(filter.GetTypedConfig()); {
		case slices.Contains(listenerFilters, name):
			adapted = append(adapted, filter)
		case name != originalDestination:
			return nil, cannotRun("listener filter", filter.Name, name)
		}
	}
	return adapted, nil
}

func adaptChain(chain *listener.FilterChain, do actions) error {
	if chain.TransportSocket != nil {
		if err := adaptTransport(chain.TransportSocket); err != nil {
			return err
		}
	}
	var adapted []*listener.Filter
	for _, filter := range chain.Filters {
		name := typeOf(filter.GetTypedConfig())
		switch {
		case slices.Contains(dropped, name):
		case slices.Contains(networkFilters, name):
			adapted = append(adapted, filter)
		case filter.GetTypedConfig().MessageIs(&hcm.HttpConnectionManager{}):
			if err := adaptManager(filter, do); err != nil {
				return err
			}
			adapted = append(adapted, filter)
		case filter.GetTypedConfig().MessageIs(&tcpproxy.TcpProxy{}):
			var proxy tcpproxy.TcpProxy
			if err := filter.GetTypedConfig().UnmarshalTo(&proxy); err != nil {
				return err
			}
			replacement, err := do.tcp(&proxy)
			if err != nil {
				return err
			}
			adapted = append(adapted, replacement)
		default:
			return cannotRun("filter", filter.Name, name)
		}
	}
	chain.Filters = adapted
	return nil
}

// adaptTransport takes the certificates from Envoy's static configuration, where they have the names that istiod's agent
// serves them under. Which clients are trusted stays as istiod says.
func adaptTransport(socket *core.TransportSocket) error {
	var context tls.DownstreamTlsContext
	if err := socket.GetTypedConfig().UnmarshalTo(&context); err != nil {
		return err
	}
	for _, secret := range context.GetCommonTlsContext().GetTlsCertificateSdsSecretConfigs() {
		secret.SdsConfig = nil
	}
	if secret := context.GetCommonTlsContext().GetCombinedValidationContext().GetValidationContextSdsSecretConfig(); secret != nil {
		secret.SdsConfig = nil
	}
	packed, err := anypb.New(&context)
	if err != nil {
		return err
	}
	socket.ConfigType = &core.TransportSocket_TypedConfig{TypedConfig: packed}
	return nil
}

func adaptManager(filter *listener.Filter, do actions) error {
	var manager hcm.HttpConnectionManager
	if err := filter.GetTypedConfig().UnmarshalTo(&manager); err != nil {
		return err
	}
	var adapted []*hcm.HttpFilter
	for _, http := range manager.HttpFilters {
		switch name := typeOf(http.GetTypedConfig()); {
		case slices.Contains(dropped, name):
		case slices.Contains(httpFilters, name):
			adapted = append(adapted, http)
		default:
			return cannotRun("HTTP filter", http.Name, name)
		}
	}
	manager.HttpFilters = adapted
	table, err := do.routes(manager.GetRouteConfig(), manager.GetRds().GetRouteConfigName())
	if err != nil {
		return err
	}
	manager.RouteSpecifier = &hcm.HttpConnectionManager_RouteConfig{RouteConfig: table}
	packed, err := anypb.New(&manager)
	if err != nil {
		return err
	}
	filter.ConfigType = &listener.Filter_TypedConfig{TypedConfig: packed}
	return nil
}

// eachRoute visits all routes of a table, and takes out the settings of the filters that are dropped.
func eachRoute(table *route.RouteConfiguration, visit func(*route.Route) error) error {
	for _, host := range table.VirtualHosts {
		dropSettings(host.TypedPerFilterConfig)
		for _, r := range host.Routes {
			dropSettings(r.TypedPerFilterConfig)
			for _, weighted := range r.GetRoute().GetWeightedClusters().GetClusters() {
				dropSettings(weighted.TypedPerFilterConfig)
			}
			if err := visit(r); err != nil {
				return fmt.Errorf("route %q of %q: %w", r.Name, host.Name, err)
			}
		}
	}
	return nil
}

func dropSettings(settings map[string]*anypb.Any) {
	for filter, config := range settings {
		if slices.Contains(dropped, typeOf(config)) {
			delete(settings, filter)
		}
	}
}

// typeOf names the type of a filter's configuration, which may be spelt out as plain JSON with the name beside it.
func typeOf(config *anypb.Any) string {
	if config == nil {
		return ""
	}
	url := config.GetTypeUrl()
	var old xdstype.TypedStruct
	var current xdstype3.TypedStruct
	switch {
	case config.MessageIs(&old) && config.UnmarshalTo(&old) == nil:
		url = old.TypeUrl
	case config.MessageIs(&current) && config.UnmarshalTo(&current) == nil:
		url = current.TypeUrl
	}
	return url[strings.LastIndexByte(url, '/')+1:]
}

func cannotRun(what, name, typeName string) error {
	return fmt.Errorf("the %s %s (%s) cannot run here, and it might decide something", what, name, typeName)
}
