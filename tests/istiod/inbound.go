package main

import (
	"errors"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	echo "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/echo/v3"
	tcpproxy "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// reachedHeader is in every answer that stands for a forwarded request.
const reachedHeader = "x-smi-istiod"

// application stands for the workload behind its sidecar: it answers HTTP with 200 and echoes everything else.
type application struct{}

func (application) routes(inline *route.RouteConfiguration, _ string) (*route.RouteConfiguration, error) {
	if inline == nil {
		return nil, errors.New("a workload's own routes are not inline")
	}
	return inline, eachRoute(inline, func(r *route.Route) error {
		if r.GetRoute() == nil {
			return errors.New("a workload's own route does not lead to it")
		}
		answer(r, "application")
		return nil
	})
}

func (application) tcp(*tcpproxy.TcpProxy) (*listener.Filter, error) {
	packed, err := anypb.New(&echo.Echo{})
	if err != nil {
		return nil, err
	}
	return &listener.Filter{
		Name:       "envoy.filters.network.echo",
		ConfigType: &listener.Filter_TypedConfig{TypedConfig: packed},
	}, nil
}

// answer replaces the action of a route by an answer that carries the mark.
func answer(r *route.Route, mark string) {
	r.Action = &route.Route_DirectResponse{DirectResponse: &route.DirectResponseAction{Status: 200}}
	r.ResponseHeadersToAdd = append(r.ResponseHeadersToAdd, &core.HeaderValueOption{
		Header:       &core.HeaderValue{Key: reachedHeader, Value: mark},
		AppendAction: core.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	})
}
