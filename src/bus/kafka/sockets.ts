import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/**
 * Every connection that kafkajs makes. Where several requests look for one broker at once it can make a connection too many,
 * and forgets it: then its own `disconnect` leaves it open, and a command that is done would never end.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  readonly #make: ISocketFactory;

  constructor(make: ISocketFactory = usualSockets()) {
    this.#make = make;
  }

  readonly factory: ISocketFactory = (args) => {
    const socket = this.#make(args);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** Ends those that are left. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

function usualSockets(): ISocketFactory {
  const require = createRequire(import.meta.url);
  return (require('kafkajs/src/network/socketFactory') as () => ISocketFactory)();
}
