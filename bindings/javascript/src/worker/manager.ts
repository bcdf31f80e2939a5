/** A manager whose daemons run in a worker: the same methods and events, mirrored in the page. */
import type { ManagerBackend } from '../backend.js';
import type { ManagerSettings } from '../configuration.js';
import { STATUSES } from '../constants.js';
import { OrchestratorDaemon, shouldRunDaemon, type DaemonPlace } from '../daemon.js';
import type { DaemonDriver } from '../driver.js';
import { checkAction, checkOutgoing } from '../embedded/outgoing.js';
import { OrchestratorError } from '../errors.js';
import { asError } from '../thrown.js';
import type { OrchestratorDaemonManager } from '../manager.js';
import type {
  DaemonEvents, DaemonHealthStatus, DaemonStatus, IncomingMessage, ManagedDaemonStatus, ManagerEvents, OrchestratorAction,
  OrchestratorWithUser, OutgoingMessage, ResponseContext,
} from '../types.js';
import { packError, unpackError, type Channel, type Operation, type ToPage, type ToWorker, type WireError, type WireStatus } from './protocol.js';

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

interface Mirrored {
  readonly daemon: OrchestratorDaemon;
  status: WireStatus | null;
}

export class WorkerBackend implements ManagerBackend, DaemonDriver {
  private readonly mirror = new Map<string, Mirrored>();
  private readonly calls = new Map<number, Waiting>();
  private readonly aborts = new Map<number, AbortController>();
  private lastCall = 0;
  /** Why no call is answered any more. */
  private failure: Error | null = null;

  /** What its daemons have in common. */
  private place: DaemonPlace | undefined;

  constructor(
    private readonly manager: OrchestratorDaemonManager,
    private settings: ManagerSettings,
    private readonly channel: Channel<ToWorker, ToPage>,
    private readonly terminate: () => void,
  ) {
    channel.addEventListener('message', ({ data }) => this.take(data));
    globalThis.addEventListener?.('pagehide', this.leave);
    channel.start?.();
    this.configure(settings);
  }

  /** One that may come back (the back button's cache) stays. */
  private readonly leave = (event?: PageTransitionEvent): void => {
    if (!event?.persisted) this.channel.postMessage({ bye: true });
  };

  configure(settings: ManagerSettings): void {
    this.settings = settings;
    this.place = undefined;
    const { daemon: { generateResponse, ...daemon }, url: _url, token: _token, ...config } = settings;
    this.call({ name: 'configure', config: { ...config, daemon }, generates: generateResponse !== undefined })
      .catch((error: Error) => console.error(error.message));
  }

  /** The worker is broken, and ended: what was asked of it, and will be, is rejected; its daemons are in error. */
  fail(why: string): void {
    if (this.failure) return;
    const error = (this.failure = new OrchestratorError('worker', `the worker of the daemons failed: ${why}`));
    for (const { reject } of this.calls.values()) reject(error);
    this.calls.clear();
    this.terminate();
    for (const [id, { status }] of this.mirror) {
      if (!status || status.status === 'stopped') continue;
      const failed = { ...status, status: 'error', lastError: error.message, startedAt: null, health: { ...status.health, status: 'error' } } as const;
      this.take({ managerEvent: 'daemon:error', id, args: { error: packError(error) }, status: failed });
      this.take({ daemonEvent: 'status:changed', id, args: ['error'], status: failed });
      this.take({ managerEvent: 'daemon:status-changed', id, args: { status: 'error' }, status: failed });
    }
  }

  private call(operation: Operation): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    const call = ++this.lastCall;
    return new Promise((resolve, reject) => {
      this.channel.postMessage({ call, operation }); // throws for what cannot cross
      this.calls.set(call, { resolve, reject });
    });
  }

  /* ---- what the worker tells ---- */

  private take(data: ToPage): void {
    if ('answered' in data) {
      const waiter = this.calls.get(data.answered);
      this.calls.delete(data.answered);
      if (data.error) waiter?.reject(unpackError(data.error));
      else waiter?.resolve();
    } else if ('known' in data) {
      this.meet(data.known, data.status);
    } else if ('generate' in data) {
      void this.generate(data);
    } else if ('cancel' in data) {
      this.aborts.get(data.cancel)?.abort();
    } else {
      this.takeEvent(data);
    }
  }

  /** A page that has its own object of an orchestrator keeps it. */
  private meet(orchestrator: OrchestratorWithUser, status: WireStatus | null): void {
    const mirrored = this.mirror.get(orchestrator.id) ?? this.reflect(orchestrator);
    if (mirrored.status || !status) return;
    mirrored.status = status;
    mirrored.daemon.state = STATUSES.indexOf(status.status);
    if (mirrored.daemon.state !== 0) this.tellHealth(mirrored.daemon);
  }

  private tellHealth(daemon: OrchestratorDaemon): void {
    const { orchestrator } = daemon;
    this.manager.emit('daemon:health', { orchestratorId: orchestrator.id, orchestrator, health: this.health(daemon) });
  }

  private takeEvent(data: Extract<ToPage, { id: string; status: WireStatus | null }>): void {
    const mirrored = this.mirror.get(data.id);
    if (!mirrored) return;
    const { daemon } = mirrored;
    if (data.status) {
      mirrored.status = data.status;
      daemon.state = STATUSES.indexOf(data.status.status);
    }
    if ('daemonEvent' in data) {
      const args = data.args.map((each) => unpacked(each));
      if (data.daemonEvent !== 'error' || daemon.listenerCount('error') > 0) daemon.emit(data.daemonEvent, ...(args as DaemonEvents['error']));
    } else {
      const event = { orchestratorId: data.id, orchestrator: daemon.orchestrator, ...(withError(data.args) as object) };
      this.tellManager(data.managerEvent, event as ManagerEvents['daemon:error'][0] & { userId: string });
    }
  }

  private tellManager(name: keyof ManagerEvents, event: ManagerEvents['auto-start-error'][0]): void {
    const heard = this.manager.emit(name, event as never);
    if (name === 'auto-start-error' && !heard) console.error('A daemon was not started after a login:', event.error.message);
    if (name === 'daemon:status-changed') this.tellHealth((this.mirror.get(event.orchestratorId) as Mirrored).daemon);
  }

  private async generate({ generate, id, message, context }: Extract<ToPage, { generate: number }>): Promise<void> {
    const { daemon } = this.mirror.get(id) ?? {};
    const words = this.settings.daemon.generateResponse;
    const abort = new AbortController();
    this.aborts.set(generate, abort);
    try {
      if (!daemon || !words) throw new OrchestratorError('not_found', `the page has no generateResponse for ${id}`);
      const whole: ResponseContext = { ...context, orchestrator: daemon.orchestrator, charter: daemon.document.charter, signal: abort.signal };
      this.channel.postMessage({ generated: generate, reply: await words(message, whole) });
    } catch (thrown) {
      this.channel.postMessage({ generated: generate, error: packError(asError(thrown)) });
    } finally {
      this.aborts.delete(generate);
    }
  }

  /* ---- what the app asks ---- */

  /** The page's daemon of that orchestrator. What is wrong with it is told as an event, too. */
  private open(orchestrator: OrchestratorWithUser, event: 'daemon:start-error' | 'auto-start-error'): OrchestratorDaemon {
    try {
      return this.reflect(orchestrator).daemon;
    } catch (thrown) {
      const error = asError(thrown);
      const source = { orchestratorId: orchestrator?.id, orchestrator };
      if (event === 'daemon:start-error') this.manager.emit(event, { ...source, error });
      else this.manager.emit(event, { ...source, userId: orchestrator?.user?.id, error });
      throw error;
    }
  }

  private reflect(orchestrator: OrchestratorWithUser): Mirrored {
    const known = this.mirror.get(orchestrator?.id);
    if (known?.daemon.orchestrator === orchestrator) return known;
    this.place ??= { driver: this, manager: this.manager, settings: this.settings.daemon };
    const daemon = new OrchestratorDaemon({ orchestrator }, this.place);
    if (known) {
      Object.assign(known.daemon, { orchestrator, document: daemon.document });
      return known;
    }
    const mirrored = { daemon, status: null };
    this.mirror.set(orchestrator.id, mirrored);
    return mirrored;
  }

  async startDaemon(orchestrator: OrchestratorWithUser): Promise<OrchestratorDaemon> {
    const daemon = this.open(orchestrator, 'daemon:start-error');
    await this.call({ name: 'start', orchestrator: cloneable(orchestrator) });
    return daemon;
  }

  async login(orchestrator: OrchestratorWithUser): Promise<void> {
    if (!this.settings.autoStart || !shouldRunDaemon(orchestrator?.user)) return;
    this.open(orchestrator, 'auto-start-error');
    await this.call({ name: 'login', orchestrator: cloneable(orchestrator) });
  }

  stopDaemon(id: string): Promise<void> {
    return this.call({ name: 'stop', id });
  }

  restartDaemon(id: string): Promise<void> {
    return this.call({ name: 'restart', id });
  }

  stopAllDaemons(): Promise<void> {
    return this.call({ name: 'stopAll' });
  }

  logout(id: string): Promise<void> {
    return this.call({ name: 'logout', id });
  }

  routeMessage(message: IncomingMessage): Promise<void> {
    return this.call({ name: 'route', message });
  }

  daemon(orchestratorId: string): OrchestratorDaemon | undefined {
    return this.mirror.get(orchestratorId)?.daemon;
  }

  daemons(): Iterable<OrchestratorDaemon> {
    return [...this.mirror.values()].map(({ daemon }) => daemon);
  }

  statusOf(orchestratorId: string): ManagedDaemonStatus | null {
    const mirrored = this.mirror.get(orchestratorId);
    return mirrored?.status ? { ...mirrored.status, orchestrator: mirrored.daemon.orchestrator } : null;
  }

  async close(): Promise<void> {
    await this.stopAllDaemons().catch(() => {}); // a broken one was ended already
    globalThis.removeEventListener?.('pagehide', this.leave);
    this.leave();
    this.terminate();
  }

  /* ---- of one daemon ---- */

  start(daemon: OrchestratorDaemon): Promise<void> {
    return this.call({ name: 'startAgain', id: daemon.orchestrator.id });
  }

  stop(daemon: OrchestratorDaemon): Promise<void> {
    return this.stopDaemon(daemon.orchestrator.id);
  }

  restart(daemon: OrchestratorDaemon): Promise<void> {
    return this.restartDaemon(daemon.orchestrator.id);
  }

  handleMessage(daemon: OrchestratorDaemon, message: IncomingMessage): Promise<void> {
    return this.call({ name: 'handle', id: daemon.orchestrator.id, message });
  }

  async sendResponse(daemon: OrchestratorDaemon, message: OutgoingMessage): Promise<void> {
    checkOutgoing(message);
    await this.call({ name: 'send', id: daemon.orchestrator.id, message });
  }

  async executeAction(daemon: OrchestratorDaemon, action: OrchestratorAction): Promise<void> {
    checkAction(action);
    await this.call({ name: 'execute', id: daemon.orchestrator.id, action });
  }

  status(daemon: OrchestratorDaemon): DaemonStatus {
    return STATUSES[daemon.state] as DaemonStatus;
  }

  health(daemon: OrchestratorDaemon): DaemonHealthStatus {
    const status = this.mirror.get(daemon.orchestrator.id)?.status;
    if (!status) {
      return { status: 'stopped', uptime: 0, activeConversations: 0, totalMessagesProcessed: 0, lastHeartbeat: new Date(0), errors: [] };
    }
    const running = status.startedAt !== null && status.status === 'running';
    return { ...status.health, uptime: running ? Date.now() - (status.startedAt as Date).getTime() : 0 };
  }
}

/** Without functions and class instances, which do not cross. */
function cloneable(orchestrator: OrchestratorWithUser): OrchestratorWithUser {
  return JSON.parse(JSON.stringify(orchestrator)) as OrchestratorWithUser;
}

function unpacked(value: unknown): unknown {
  const { error } = (value ?? {}) as { error?: WireError };
  if (!error) return value;
  const rest = withError(value as object) as { error: Error; message?: unknown };
  return 'message' in rest ? rest : rest.error;
}

function withError(args: object): object {
  const { error } = args as { error?: WireError };
  return error ? { ...args, error: unpackError(error) } : args;
}
