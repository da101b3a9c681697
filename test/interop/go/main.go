// A workload written with go-spiffe alone: it prints each X.509 update that it is sent, and after each
// calls a sidecar by mutual TLS, until it has seen as many as it was told to.
//
//	interop UPDATES ADDRESS SERVER-NAME PEER-ID
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/workloadapi"
	"golang.org/x/net/http2"
)

type watcher struct {
	left                int
	address, serverName string
	peer                spiffeid.ID
	stop                context.CancelFunc
}

func (w *watcher) OnX509ContextUpdate(update *workloadapi.X509Context) {
	svid := update.DefaultSVID()
	fmt.Printf("svid %s %x\n", svid.ID, svid.Certificates[0].SerialNumber)
	config := tlsconfig.MTLSClientConfig(svid, update.Bundles, tlsconfig.AuthorizeID(w.peer))
	config.ServerName = w.serverName
	fmt.Printf("answer %s\n", w.call(config))
	if w.left--; w.left == 0 {
		w.stop()
	}
}

func (w *watcher) OnX509ContextWatchError(err error) {
	if w.left > 0 {
		fmt.Printf("error %v\n", err)
	}
}

// call sends one request as sidecars do: HTTP/2 in mutual TLS, the service told by the server name.
func (w *watcher) call(config *tls.Config) string {
	dial := func(ctx context.Context, network, _ string, _ *tls.Config) (net.Conn, error) {
		return (&tls.Dialer{Config: config}).DialContext(ctx, network, w.address)
	}
	client := &http.Client{Transport: &http2.Transport{DialTLSContext: dial}}
	response, err := client.Get("https://web/")
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", response.StatusCode, body)
}

func main() {
	updates, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	peer := spiffeid.RequireFromString(os.Args[4])
	w := &watcher{left: updates, address: os.Args[2], serverName: os.Args[3], peer: peer, stop: stop}
	if err := workloadapi.WatchX509Context(ctx, w); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}
