import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What the proxy does with its connections:
 * `forward`: carries bytes both ways; `hold-answers`: requests reach the server, its answers wait;
 * `hold`: nothing is carried either way; `refuse`: open connections are cut, new ones are cut at once.
 */
export type ProxyMode = 'forward' | 'hold-answers' | 'hold' | 'refuse';

/** Stands between a client and a server on this machine, and breaks what is between them as a test says. */
export interface TcpProxy {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly mode: ProxyMode;
  /** How many connections are open now. */
  readonly open: number;
  /** How many connections were accepted so far. */
  readonly accepted: number;
  /** How many connections their clients ended, or gave up, so far. */
  readonly left: number;
  /** Where new connections lead, `host:port`. */
  lead(target: string): void;
  /** What was held goes on its way, in order, when a mode lets it. */
  set(mode: ProxyMode): void;
  /** Cuts all open connections (RST); new ones are treated as the mode says. Returns how many were cut. */
  cut(): number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Starts a proxy on a port of its own; it leads nowhere until told where. */
export async function startTcpProxy(target: string | null = null): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let mode: ProxyMode = 'forward';
  let to = target;
  let accepted = 0;
  let left = 0;

  // A paused socket keeps its bytes, so holding is pausing the side that they come from.
  const apply = ({ client, server }: Pair) => {
    if (mode === 'hold') client.pause();
    else client.resume();
    if (mode === 'hold' || mode === 'hold-answers') server.pause();
    else server.resume();
  };
  const cutPair = (pair: Pair) => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  };
  const cut = () => {
    const count = pairs.size;
    for (const pair of [...pairs]) cutPair(pair);
    return count;
  };

  const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    accepted += 1;
    client.on('error', () => undefined);
    if (mode === 'refuse' || to === null) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...hostAndPort(to), allowHalfOpen: true });
    const pair: Pair = { client, server };
    pairs.add(pair);
    server.on('error', () => cutPair(pair));
    client.on('error', () => cutPair(pair));
    client.once('end', () => {
      left += 1;
    });
    carry(client, server);
    carry(server, client);
    const closed = () => {
      if (client.closed && server.closed) pairs.delete(pair);
    };
    client.on('close', closed);
    server.on('close', closed);
    apply(pair);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  return {
    port,
    address: `127.0.0.1:${port}`,
    get mode() {
      return mode;
    },
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    get left() {
      return left;
    },
    lead: (next) => {
      to = next;
    },
    set: (next) => {
      mode = next;
      if (next === 'refuse') cut();
      else for (const pair of pairs) apply(pair);
    },
    cut,
    close: async () => {
      cut();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Unlike `pipe`, leaves pausing to us alone: a slow receiver gets its bytes later, out of memory. */
function carry(from: Socket, into: Socket): void {
  from.on('data', (bytes: Buffer) => {
    if (!into.destroyed) into.write(bytes);
  });
  from.on('end', () => into.end());
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
