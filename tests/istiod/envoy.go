package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	upstreams "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	listenerservice "github.com/envoyproxy/go-control-plane/envoy/service/listener/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"
)

const listenerType = "type.googleapis.com/envoy.config.listener.v3.Listener"

// envoy is one running Envoy, which takes its listeners from here. It runs for many jobs: what an update puts in the place of
// the listeners of the job before costs some milliseconds, a start a hundred times that.
type envoy struct {
	listenerservice.UnimplementedListenerDiscoveryServiceServer
	server  *grpc.Server
	process *os.Process
	said    *transcript
	exited  chan struct{}
	updates chan *discovery.DiscoveryResponse
	answers chan *discovery.DiscoveryRequest
	version int
}

// socketNumber makes the names of sockets differ within this process.
var socketNumber atomic.Int64

// newSocket names a socket that is no file, so that none is left behind.
func newSocket() string {
	return fmt.Sprintf("@smi-istiod-%d-%d", os.Getpid(), socketNumber.Add(1))
}

func startEnvoy(path string, ca *authority) (*envoy, error) {
	e := &envoy{
		server:  grpc.NewServer(),
		said:    &transcript{},
		exited:  make(chan struct{}),
		updates: make(chan *discovery.DiscoveryResponse),
		answers: make(chan *discovery.DiscoveryRequest),
	}
	socket := newSocket()
	control, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	listenerservice.RegisterListenerDiscoveryServiceServer(e.server, e)
	go e.server.Serve(control)
	config, err := bootstrapConfig(socket, ca)
	if err != nil {
		e.server.Stop()
		return nil, err
	}
	command := exec.Command(path, "--config-yaml", config, "--disable-hot-restart", "--concurrency", "1",
		"--drain-time-s", "1", "--log-level", "error", "--log-format", "%v")
	command.Stderr = e.said
	// Envoy dies with the thread that started it, and so, however it ends, with this process.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			command.Wait()
			close(e.exited)
		}
	}()
	if err := <-started; err != nil {
		e.server.Stop()
		return nil, fmt.Errorf("cannot start %s: %w", filepath.Base(path), err)
	}
	e.process = command.Process
	return e, nil
}

func (e *envoy) stop() {
	e.process.Kill()
	<-e.exited
	e.server.Stop()
}

// alive is nil as long as Envoy runs, and else what it said last.
func (e *envoy) alive() error {
	select {
	case <-e.exited:
		return fmt.Errorf("Envoy died: %s", e.said)
	default:
		return nil
	}
}

// errRefused is what Envoy has against a configuration. It runs on, with those listeners that it has nothing against.
var errRefused = errors.New("Envoy refused the configuration")

// apply replaces all listeners.
func (e *envoy) apply(ctx context.Context, listeners []*listener.Listener) error {
	e.version++
	e.said.clear()
	update := &discovery.DiscoveryResponse{
		TypeUrl:     listenerType,
		VersionInfo: strconv.Itoa(e.version),
		Nonce:       strconv.Itoa(e.version),
	}
	for _, l := range listeners {
		packed, err := anypb.New(l)
		if err != nil {
			return err
		}
		update.Resources = append(update.Resources, packed)
	}
	select {
	case e.updates <- update:
	case <-e.exited:
		return e.alive()
	case <-ctx.Done():
		return fmt.Errorf("Envoy does not ask for listeners: %w", ctx.Err())
	}
	for {
		select {
		case answer := <-e.answers:
			switch {
			case answer.ResponseNonce != update.Nonce:
			case answer.ErrorDetail != nil:
				return fmt.Errorf("%w: %s", errRefused, strings.TrimSpace(answer.ErrorDetail.Message))
			default:
				return nil
			}
		case <-e.exited:
			return e.alive()
		case <-ctx.Done():
			return fmt.Errorf("Envoy does not answer: %w", ctx.Err())
		}
	}
}

// StreamListeners serves Envoy, which answers every update.
func (e *envoy) StreamListeners(stream listenerservice.ListenerDiscoveryService_StreamListenersServer) error {
	go func() {
		for {
			answer, err := stream.Recv()
			if err != nil {
				return
			}
			if answer.ResponseNonce == "" {
				continue
			}
			select {
			case e.answers <- answer:
			case <-stream.Context().Done():
				return
			}
		}
	}()
	for {
		select {
		case update := <-e.updates:
			if err := stream.Send(update); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return nil
		}
	}
}

// bootstrapConfig has the runtime settings that Istio starts its Envoy with, and the certificates that its agent serves.
func bootstrapConfig(socket string, ca *authority) (string, error) {
	certificate, key, err := ca.serverPair()
	if err != nil {
		return "", err
	}
	http2, err := anypb.New(&upstreams.HttpProtocolOptions{
		UpstreamProtocolOptions: &upstreams.HttpProtocolOptions_ExplicitHttpConfig_{
			ExplicitHttpConfig: &upstreams.HttpProtocolOptions_ExplicitHttpConfig{
				ProtocolConfig: &upstreams.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{
					Http2ProtocolOptions: &core.Http2ProtocolOptions{},
				},
			},
		},
	})
	if err != nil {
		return "", err
	}
	runtimeLayer, err := structpb.NewStruct(map[string]any{
		"re2.max_program_size.error_level": 32768,
		"envoy.deprecated_features:envoy.config.listener.v3.Listener.hidden_envoy_deprecated_use_original_dst": true,
		"envoy.reloadable_features.http_reject_path_with_fragment":                                             false,
		"overload.global_downstream_max_connections":                                                           "2147483647",
	})
	if err != nil {
		return "", err
	}
	config, err := protojson.Marshal(&bootstrap.Bootstrap{
		Node: &core.Node{Id: "smi-istiod", Cluster: "smi-istiod"},
		StaticResources: &bootstrap.Bootstrap_StaticResources{
			Clusters: []*cluster.Cluster{{
				Name:                          "control",
				ClusterDiscoveryType:          &cluster.Cluster_Type{Type: cluster.Cluster_STATIC},
				TypedExtensionProtocolOptions: map[string]*anypb.Any{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2},
				LoadAssignment: &endpoint.ClusterLoadAssignment{
					ClusterName: "control",
					Endpoints: []*endpoint.LocalityLbEndpoints{{LbEndpoints: []*endpoint.LbEndpoint{{
						HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: pipe(socket)}},
					}}}},
				},
			}},
			Secrets: []*tls.Secret{
				{Name: "default", Type: &tls.Secret_TlsCertificate{TlsCertificate: &tls.TlsCertificate{
					CertificateChain: inlineString(certificate), PrivateKey: inlineString(key),
				}}},
				{Name: "ROOTCA", Type: &tls.Secret_ValidationContext{ValidationContext: &tls.CertificateValidationContext{
					TrustedCa: inlineString(ca.root()),
				}}},
			},
		},
		DynamicResources: &bootstrap.Bootstrap_DynamicResources{LdsConfig: &core.ConfigSource{
			ResourceApiVersion: core.ApiVersion_V3,
			ConfigSourceSpecifier: &core.ConfigSource_ApiConfigSource{ApiConfigSource: &core.ApiConfigSource{
				ApiType:             core.ApiConfigSource_GRPC,
				TransportApiVersion: core.ApiVersion_V3,
				GrpcServices: []*core.GrpcService{{TargetSpecifier: &core.GrpcService_EnvoyGrpc_{
					EnvoyGrpc: &core.GrpcService_EnvoyGrpc{ClusterName: "control"},
				}}},
			}},
		}},
		LayeredRuntime: &bootstrap.LayeredRuntime{Layers: []*bootstrap.RuntimeLayer{{
			Name:           "istio",
			LayerSpecifier: &bootstrap.RuntimeLayer_StaticLayer{StaticLayer: runtimeLayer},
		}}},
	})
	return string(config), err
}

func inlineString(text string) *core.DataSource {
	return &core.DataSource{Specifier: &core.DataSource_InlineString{InlineString: text}}
}

// transcript keeps the first line of what Envoy says about an update; when it dies, that is the reason, and the rest is
// where in its code it was.
type transcript struct {
	mutex sync.Mutex
	line  []byte
	full  bool
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if !t.full {
		line, _, ended := bytes.Cut(p, []byte("\n"))
		t.line = append(t.line, line...)
		t.full = ended
	}
	return len(p), nil
}

func (t *transcript) clear() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.line, t.full = nil, false
}

func (t *transcript) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return string(t.line)
}
