/** A view that fails shows what happened and a way out, never a white page. */
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button.js';
import { Empty } from '../ui/Empty.js';

export class ErrorBoundary extends Component<{ children: ReactNode; /** Another value tries again. */ at?: string }, { error: Error | null; at: string | undefined }> {
  override state: { error: Error | null; at: string | undefined } = { error: null, at: this.props.at };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  static getDerivedStateFromProps(props: { at?: string }, state: { error: Error | null; at: string | undefined }): object | null {
    return props.at === state.at ? null : { error: null, at: props.at };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const moved = /dynamically imported module|Importing a module script/.test(error.message);
    return (
      <Empty icon="warning" title={moved ? 'This page has been updated' : 'This view failed'} actions={(
        <>
          <Button kind="primary" icon="retry" onClick={() => (moved ? location.reload() : this.setState({ error: null }))}>{moved ? 'Load it anew' : 'Try again'}</Button>
          {!moved && <Button onClick={() => location.assign('/')}>Back to the start</Button>}
        </>
      )}>
        {moved ? 'The server has a newer one; this part of the old one is gone.' : <code>{error.message}</code>}
      </Empty>
    );
  }
}
