/** In the page's build this stands in place of the module's embedded/manager.ts and embedded/host.ts: the page's daemons are those of
 * its server, so the WebAssembly core and what hosts it stay out. */

const refuse = (): never => {
  throw new Error('this page runs no daemons of its own; its server does');
};

export class EmbeddedBackend {
  constructor() {
    refuse();
  }
}

export const embeddedDriver = refuse;
