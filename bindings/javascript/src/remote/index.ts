/** The connection to an orchd by itself, for a page that shows more than daemons. */
export { OrchestratorError } from '../errors.js';
export { Connection, type ConnectionEvents } from './connection.js';
