/** A manager whose daemons run in an orchd: the same methods and events, mirrored over its WebSocket.
 *
 * The mirror answers getDaemonStatus() and isDaemonRunning() at once; notifications keep it true, and after a cut it is read anew
 * or caught up by the cursor. What is asked for (start, stop, messages) goes to the server and ends when the server says so.
 */
import type { ManagerBackend } from '../backend.js';
import type { ManagerSettings } from '../configuration.js';
import { STATUSES } from '../constants.js';
import { OrchestratorDaemon, type DaemonPlace } from '../daemon.js';
import type { DaemonDriver } from '../driver.js';
import { checkIncoming } from '../embedded/heard.js';
import { checkAction, checkOutgoing } from '../embedded/outgoing.js';
import { sourceOf } from '../embedded/events.js';
import { OrchestratorError } from '../errors.js';
import type { OrchestratorDaemonManager } from '../manager.js';
import { asError } from '../thrown.js';
import type {
  DaemonHealthStatus, DaemonStatus, IncomingMessage, ManagedDaemonStatus, ManagerEvents, ManagerEventSource, OrchestratorAction,
  OrchestratorWithUser, OutgoingMessage,
} from '../types.js';
import type { Connection } from './connection.js';
import { RecentMessages } from './messages.js';
import { healthOf, messageOf, orchestratorOf, type WireDaemon, type WireHealth, type WireMessage, type WireOrchestrator } from './wire.js';

/** What the mirror knows of a daemon. */
interface Mirrored {
  readonly daemon: OrchestratorDaemon;
  health: DaemonHealthStatus;
  startedAt: Date | null;
  restartCount: number;
  lastError: string | null;
}

type Params = Record<string, unknown>;

const ERRORS_MAX = 20;
/** Larger ones orchd refuses, and much larger ones cut the connection. */
const METADATA_MAX = 16384;
/** So many daemons are stopped at once. */
const AT_ONCE = 16;

type ErrorEvent = 'daemon:start-error' | 'daemon:stop-error' | 'daemon:restart-error' | 'daemon:health-error';

export class RemoteBackend implements ManagerBackend, DaemonDriver {
  readonly #end: () => void;
  readonly #mirror = new Map<string, Mirrored>();
  readonly #messages = new RecentMessages();
  /** Whom notices named and the server did not know when it was asked. */
  readonly #strangers = new Set<string>();

  /** What its daemons have in common. */
  #place: DaemonPlace | undefined;

  constructor(
    private readonly manager: OrchestratorDaemonManager,
    private settings: ManagerSettings,
    private readonly connection: Connection,
    /** The daemons that are mirrored, by how many follow each; null: all of them. */
    private readonly followed: ReadonlyMap<string, number> | null = null,
  ) {
    this.#end = connection.listen({
      connected: () => this.#load(),
      notified: (method, params) => this.#take(method, params),
      disconnected: (error) => this.#lose(error),
    });
  }

  configure(settings: ManagerSettings): void {
    this.settings = settings;
    this.#place = undefined;
  }

  /* ---- the mirror ---- */

  async #load(): Promise<void> {
    if (this.followed) await Promise.all([...this.followed.keys()].map((id) => this.readFollowed(id)));
    else await this.#loadAll();
  }

  /** One that is followed, as it is now; one that is not there (any more) is forgotten. */
  async readFollowed(id: string): Promise<void> {
    const found = await this.#learn(id);
    if (!this.followed?.has(id)) this.unfollowed(id);
    else if (!found && this.#mirror.has(id)) this.#forget(id);
  }

  /** Nobody follows it any more. */
  unfollowed(id: string): void {
    this.#mirror.delete(id);
  }

  /** Reads all daemons: of thousands, orchd tells a part at a time. A part is taken over before any notice that comes after it. Who is
   * not among them any more is forgotten. */
  async #loadAll(): Promise<void> {
    const known = new Map<string, WireOrchestrator>();
    for (let after: string | undefined = ''; after !== undefined;) {
      const page: { orchestrators: WireOrchestrator[]; next?: string } =
        await this.connection.request('GET', `/api/orchestrators${after && `?after=${after}`}`);
      for (const each of page.orchestrators) known.set(each.id, each);
      after = page.next;
    }
    const gone = new Set(this.#mirror.keys());
    for (let offset = 0, total = 1; offset < total;) {
      const part = await this.connection.call<{ daemons: WireDaemon[]; total: number }>('daemon.list', { offset });
      for (const daemon of part.daemons) {
        const orchestrator = known.get(daemon.orchestratorId);
        if (orchestrator) this.#reflect(orchestratorOf(orchestrator), daemon);
        gone.delete(daemon.orchestratorId);
      }
      offset += part.daemons.length;
      total = part.daemons.length > 0 ? part.total : 0;
    }
    this.#strangers.clear();
    for (const id of gone) this.#forget(id);
    // While orchd left out notices (`resync`), ends of messages may have been among them.
    this.#messages.release(new OrchestratorError('connection', `orchd at ${this.connection.url} did not tell how the message ended`));
  }

  /** One that was made since; null: there is none. */
  async #learn(orchestratorId: string): Promise<Mirrored | null> {
    const orchestrator = await this.lookUp(orchestratorId);
    if (!orchestrator) return null;
    return this.#reflect(orchestrator, await this.connection.call<WireDaemon>('daemon.get', { orchestratorId: orchestrator.id }));
  }

  /** Deleted, or of a time after the backup that the server was restored from. */
  #forget(orchestratorId: string): void {
    const mirrored = this.#mirror.get(orchestratorId) as Mirrored;
    this.#mirror.delete(orchestratorId);
    mirrored.startedAt = null;
    mirrored.health = { ...mirrored.health, status: 'stopped', uptime: 0 };
    if (mirrored.daemon.state === 0) return;
    mirrored.daemon.state = 0;
    this.#tellStatus(mirrored);
  }

  /** Takes over what the server says. What is new of it is told: a status that changed while nobody looked, a daemon's health when
   * it is first known. */
  #reflect(orchestrator: OrchestratorWithUser, wire: WireDaemon): Mirrored {
    let mirrored = this.#mirror.get(wire.orchestratorId);
    const isNew = !mirrored;
    if (!mirrored) {
      this.#place ??= { driver: this, manager: this.manager, settings: this.settings.daemon };
      mirrored = {
        daemon: new OrchestratorDaemon({ orchestrator }, this.#place), health: healthOf(wire.health), startedAt: null, restartCount: 0,
        lastError: null,
      };
      this.#mirror.set(wire.orchestratorId, mirrored);
    }
    const before = mirrored.daemon.state;
    mirrored.health = healthOf(wire.health);
    mirrored.startedAt = wire.startedAt === null ? null : new Date(wire.startedAt);
    mirrored.restartCount = wire.restartCount;
    mirrored.lastError = wire.lastError;
    mirrored.daemon.orchestrator = orchestrator;
    mirrored.daemon.state = STATUSES.indexOf(wire.health.status);
    if (mirrored.daemon.state !== before) this.#tellStatus(mirrored);
    else if (isNew) this.#tellHealth(mirrored);
    return mirrored;
  }

  /** Nobody knows how the daemons are until the connection stands again: those that were not off are in error. */
  #lose(error: Error): void {
    this.#messages.release(error);
    for (const mirrored of this.#mirror.values()) {
      const { daemon, health } = mirrored;
      if (daemon.state === 0 || (health.status === 'error' && mirrored.lastError === error.message)) continue;
      mirrored.health = { ...health, status: 'error', errors: [...health.errors, error.message].slice(-ERRORS_MAX) };
      mirrored.lastError = error.message;
      daemon.state = STATUSES.indexOf('error');
      this.#tellStatus(mirrored);
    }
  }

  #tellStatus(mirrored: Mirrored): void {
    const { daemon, health } = mirrored;
    daemon.emit('status:changed', health.status);
    this.#tell(daemon, 'daemon:status-changed', { status: health.status });
    this.#tellHealth(mirrored);
  }

  /** A page that shows a daemon's health need not wait for the next check to see its status change. */
  #tellHealth({ daemon, health }: Mirrored): void {
    this.#tell(daemon, 'daemon:health', { health });
  }

  #tell<Name extends keyof ManagerEvents>(daemon: OrchestratorDaemon, name: Name, more: Omit<ManagerEvents[Name][0], keyof ManagerEventSource>): void {
    this.manager.emit(name, ...([{ ...sourceOf(daemon), ...more }] as unknown as ManagerEvents[Name]));
  }

  /* ---- what the server tells ---- */

  #take(method: string, params: Params): void {
    if (method === 'message.created') this.#takeMessage(params.message as WireMessage);
    else if (method === 'turn.failed') this.#takeFailure(params);
    else if (method.startsWith('daemon.')) this.#takeDaemon(method, params);
  }

  #takeMessage(wire: WireMessage): void {
    const message = messageOf(wire);
    this.#messages.add(message);
    const orchestratorId = wire.metadata?.orchestratorId;
    const mirrored = typeof orchestratorId === 'string' ? this.#mirror.get(orchestratorId) : undefined;
    if (!mirrored) return;
    const outgoing: OutgoingMessage = { content: wire.content, channelId: wire.channelId, metadata: wire.metadata ?? {} };
    if (typeof wire.metadata?.replyToId === 'string') outgoing.replyToId = wire.metadata.replyToId;
    mirrored.daemon.emit('message:send', outgoing);
    this.#tell(mirrored.daemon, 'daemon:message-send', { message: outgoing });
  }

  #errorOf(params: Params): Error {
    const { code, message } = (params.error ?? {}) as { code?: string; message?: string };
    return new OrchestratorError(code ?? 'internal', message ?? 'orchd told no reason');
  }

  #takeFailure(params: Params): void {
    const mirrored = this.#mirror.get(String(params.orchestratorId));
    if (!mirrored) return;
    const failure = { message: this.#messages.get(String(params.messageId), String(params.channelId)), error: this.#errorOf(params) };
    mirrored.daemon.emit('message:error', failure);
    this.#tell(mirrored.daemon, 'daemon:message-error', failure);
  }

  /** Who was made since; asked for once. A cut connection reads everything anyway. */
  async #meet(orchestratorId: string): Promise<void> {
    if (this.#strangers.has(orchestratorId)) return;
    this.#strangers.add(orchestratorId);
    if (await this.#learn(orchestratorId).catch(() => null)) this.#strangers.delete(orchestratorId);
  }

  #takeDaemon(method: string, params: Params): void {
    const mirrored = this.#mirror.get(String(params.orchestratorId));
    if (!mirrored) {
      if (!this.followed) void this.#meet(String(params.orchestratorId));
      return;
    }
    const { daemon } = mirrored;
    if (params.health) mirrored.health = healthOf(params.health as WireHealth);
    const status = (params.status ?? mirrored.health.status) as DaemonStatus;
    mirrored.health.status = status;
    daemon.state = STATUSES.indexOf(status);
    if (typeof params.restartCount === 'number') mirrored.restartCount = params.restartCount;
    const { health } = mirrored;
    switch (method) {
      case 'daemon.started':
        mirrored.startedAt = new Date(Date.now() - health.uptime);
        daemon.emit('started', health);
        this.#tell(daemon, 'daemon:started', {});
        break;
      case 'daemon.stopped':
        mirrored.startedAt = null;
        daemon.emit('stopped');
        this.#tell(daemon, 'daemon:stopped', {});
        break;
      case 'daemon.status-changed':
        this.#tellStatus(mirrored);
        break;
      case 'daemon.heartbeat':
        daemon.emit('heartbeat', health);
        this.#tell(daemon, 'daemon:heartbeat', { health });
        break;
      case 'daemon.health':
        this.#tellHealth(mirrored);
        break;
      case 'daemon.restarted':
        this.#tell(daemon, 'daemon:restarted', { restartCount: mirrored.restartCount });
        break;
      case 'daemon.message-processed':
        this.#takeProcessed(mirrored, String(params.messageId));
        break;
      default:
        this.#takeError(mirrored, method, params);
    }
    if (this.followed && (method === 'daemon.heartbeat' || method === 'daemon.message-processed')) this.#tellHealth(mirrored);
  }

  #takeProcessed({ daemon }: Mirrored, messageId: string): void {
    const message = this.#messages.get(messageId);
    daemon.emit('message:processed', message);
    this.#tell(daemon, 'daemon:message-processed', { message });
    this.#messages.dealtWith(daemon.orchestrator.id, messageId);
  }

  #takeError(mirrored: Mirrored, method: string, params: Params): void {
    const { daemon } = mirrored;
    const error = this.#errorOf(params);
    if (method === 'daemon.error') {
      mirrored.lastError = error.message;
      if (daemon.listenerCount('error') > 0) daemon.emit('error', error);
      this.#tell(daemon, 'daemon:error', { error });
    } else if (method === 'daemon.auto-start-error') {
      this.#tell(daemon, 'auto-start-error', { userId: daemon.orchestrator.user.id, error });
    } else if (/^daemon\.(start|stop|restart|health)-error$/.test(method)) {
      this.#tell(daemon, method.replace('.', ':') as ErrorEvent, { error });
    }
  }

  /* ---- what the app asks ---- */

  async #order(orchestratorId: string, what: 'start' | 'stop' | 'restart'): Promise<Mirrored> {
    await this.connection.ready();
    const mirrored = this.#mirror.get(orchestratorId) ?? (await this.#learn(orchestratorId));
    if (!mirrored) throw new OrchestratorError('not_found', `orchd knows no orchestrator ${orchestratorId}`);
    const { daemon } = mirrored;
    return this.#reflect(daemon.orchestrator, await this.connection.call<WireDaemon>(`daemon.${what}`, { orchestratorId: daemon.orchestrator.id }));
  }

  async startDaemon(orchestrator: OrchestratorWithUser): Promise<OrchestratorDaemon> {
    await this.connection.ready();
    const id = orchestrator?.id;
    const daemon = this.daemon(id);
    return daemon?.isRunning() ? daemon : (await this.#order(id, 'start')).daemon;
  }

  async stopDaemon(orchestratorId: string): Promise<void> {
    await this.connection.ready();
    if (this.#mirror.has(orchestratorId)) await this.#order(orchestratorId, 'stop');
  }

  async restartDaemon(orchestratorId: string): Promise<void> {
    await this.connection.ready();
    if ((this.#mirror.get(orchestratorId)?.daemon.state ?? 0) === 0) {
      throw new OrchestratorError('not_found', `No daemon running for orchestrator: ${orchestratorId}`);
    }
    await this.#order(orchestratorId, 'restart');
  }

  async stopAllDaemons(): Promise<void> {
    await this.connection.ready();
    const ids = [...this.#mirror].filter(([, { daemon }]) => daemon.state !== 0).map(([id]) => id);
    const stopSome = async (): Promise<void> => {
      for (let id; (id = ids.pop()) !== undefined;) await this.#patiently(() => this.#order(id as string, 'stop'));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, stopSome));
  }

  /** What is asked too often is asked again. */
  async #patiently(ask: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await ask();
        return;
      } catch (error) {
        const wait = (error as OrchestratorError).details?.retryAfterMs;
        if (wait === undefined) throw error;
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  async login(orchestrator: OrchestratorWithUser): Promise<void> {
    if (!this.settings.autoStart || orchestrator?.user?.isOrchestrator !== true) return;
    try {
      await this.connection.request('POST', `/api/orchestrators/${encodeURIComponent(orchestrator.id)}/login`);
      await this.connection.ready();
      await this.#order(orchestrator.id, 'start'); // joins the start that the login began: when this ends it runs
    } catch (thrown) {
      const { id: orchestratorId, user: { id: userId } } = orchestrator;
      this.manager.emit('auto-start-error', { orchestratorId, orchestrator, userId, error: asError(thrown) });
      throw thrown;
    }
  }

  async logout(id: string): Promise<void> {
    await this.connection.ready();
    const found = this.#mirror.get(id) ?? [...this.#mirror.values()].find(({ daemon }) => daemon.orchestrator.user.id === id);
    if (!found) return;
    await this.connection.request('POST', `/api/orchestrators/${encodeURIComponent(found.daemon.orchestrator.id)}/logout`);
  }

  async lookUp(id: string): Promise<OrchestratorWithUser | null> {
    try {
      // What is no id may be another path.
      const { orchestrator } = await this.connection.request<{ orchestrator?: WireOrchestrator }>('GET', `/api/orchestrators/${encodeURIComponent(id)}`);
      return orchestrator ? orchestratorOf(orchestrator) : null;
    } catch (thrown) {
      if (thrown instanceof OrchestratorError && thrown.code === 'not_found') return null;
      throw thrown;
    }
  }

  /** Posts the message in the name of the token's user; the server decides who is addressed. */
  async routeMessage(message: IncomingMessage): Promise<void> {
    await this.#post(message, message?.metadata);
  }

  async #post(message: IncomingMessage, metadata: Record<string, unknown> | undefined): Promise<void> {
    checkIncoming(message);
    const { length } = JSON.stringify(metadata ?? {});
    if (length > METADATA_MAX) {
      throw new OrchestratorError('too_large', `message.metadata has ${length} characters as JSON; at most ${METADATA_MAX} are allowed`);
    }
    await this.connection.ready();
    const { message: stored, addressed } = await this.connection.call<{ message: WireMessage; addressed: string[] }>('message.send', {
      channelId: message.channelId, content: message.content, clientId: message.id, ...(metadata ? { metadata } : {}),
    });
    const running = addressed.filter((orchestratorId) => this.#mirror.get(orchestratorId)?.daemon.isRunning());
    await Promise.all(running.map((orchestratorId) => this.#messages.untilDealtWith(orchestratorId, stored.id)));
  }

  daemon(orchestratorId: string): OrchestratorDaemon | undefined {
    return this.#mirror.get(orchestratorId)?.daemon;
  }

  daemons(): Iterable<OrchestratorDaemon> {
    return [...this.#mirror.values()].map(({ daemon }) => daemon);
  }

  statusOf(orchestratorId: string): ManagedDaemonStatus | null {
    const mirrored = this.#mirror.get(orchestratorId);
    if (!mirrored) return null;
    const health = this.health(mirrored.daemon);
    return {
      ...health, health, orchestratorId, orchestrator: mirrored.daemon.orchestrator, startedAt: mirrored.startedAt,
      restartCount: mirrored.restartCount, lastError: mirrored.lastError,
    };
  }

  async close(): Promise<void> {
    this.#end();
    if (this.connection.unheard) this.connection.close();
  }

  /* ---- of one daemon ---- */

  async start(daemon: OrchestratorDaemon): Promise<void> {
    if (daemon.isRunning()) throw new OrchestratorError('already_running', 'Daemon is already running');
    await this.#order(daemon.orchestrator.id, 'start');
  }

  async stop(daemon: OrchestratorDaemon): Promise<void> {
    await this.#order(daemon.orchestrator.id, 'stop');
  }

  async restart(daemon: OrchestratorDaemon): Promise<void> {
    await this.#order(daemon.orchestrator.id, 'restart');
  }

  async handleMessage(daemon: OrchestratorDaemon, message: IncomingMessage): Promise<void> {
    await this.#post(message, { ...message?.metadata, mentions: [daemon.orchestrator.id] });
  }

  async sendResponse(_daemon: OrchestratorDaemon, message: OutgoingMessage): Promise<void> {
    checkOutgoing(message);
    throw new OrchestratorError('unsupported', 'orchd itself posts what its daemons say; send a message with handleMessage()');
  }

  async executeAction(_daemon: OrchestratorDaemon, action: OrchestratorAction): Promise<void> {
    checkAction(action);
    throw new OrchestratorError('unsupported', 'orchd itself carries out what its daemons do');
  }

  status(daemon: OrchestratorDaemon): DaemonStatus {
    return STATUSES[daemon.state] as DaemonStatus;
  }

  health(daemon: OrchestratorDaemon): DaemonHealthStatus {
    const mirrored = this.#mirror.get(daemon.orchestrator.id);
    if (!mirrored) return { status: 'stopped', uptime: 0, activeConversations: 0, totalMessagesProcessed: 0, lastHeartbeat: new Date(0), errors: [] };
    const running = mirrored.startedAt !== null && daemon.state === 2;
    return { ...mirrored.health, errors: [...mirrored.health.errors], uptime: running ? Date.now() - (mirrored.startedAt as Date).getTime() : 0 };
  }
}
