'use client';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';

export function Login() {
  const router = useRouter();
  const [refused, setRefused] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(event.currentTarget));
    const response = await fetch('/api/auth/login', { method: 'POST', body: JSON.stringify({ email, password }) });
    setRefused(!response.ok);
    if (response.ok) router.refresh();
  }

  return (
    <main>
      <h1>Neolith</h1>
      <form onSubmit={submit}>
        <label>E-mail <input name="email" type="email" autoComplete="username" required /></label>
        <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
        <button>Log in</button>
        {refused && <p role="alert">The e-mail address or the password is wrong.</p>}
      </form>
    </main>
  );
}
