import { useState } from "preact/hooks";
import type { App } from "../app.ts";
import { wordsFor } from "../display.ts";
import { Field, Problem } from "./field.tsx";

type Mode = "sign-in" | "register";

export const SignIn = ({ app }: { readonly app: App }) => {
  const [mode, setMode] = useState<Mode>("sign-in");
  const [problem, setProblem] = useState<string | null>(null);
  const choose = (next: Mode) => () => {
    setMode(next);
    setProblem(null);
  };
  return (
    <main class="sign-in">
      <div class="card">
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>{mode === "sign-in" ? "Welcome back" : "Create your account"}</h1>
        <p class="lead">{app.signedOutBy ?? "Messages that arrive, in order, once."}</p>
        {mode === "sign-in" ? <LoginForm app={app} say={setProblem} /> : <RegisterForm app={app} say={setProblem} />}
        <Problem words={problem} />
        <p class="switch">
          {mode === "sign-in" ? "New here?" : "Already registered?"}{" "}
          <button type="button" class="link" onClick={choose(mode === "sign-in" ? "register" : "sign-in")}>
            {mode === "sign-in" ? "Create an account" : "Sign in"}
          </button>
        </p>
      </div>
    </main>
  );
};

interface FormProps {
  readonly app: App;
  readonly say: (problem: string | null) => void;
}

/** Runs one attempt at a time, and says what came of it. */
const useAttempt = (say: FormProps["say"], attempt: () => ReturnType<App["signIn"]>) => {
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) {
      return;
    }
    say(null);
    setBusy(true);
    const answer = await attempt();
    setBusy(false);
    say(answer.ok ? null : wordsFor(answer.refusal));
  };
  return { busy, submit: (event: Event) => void submit(event) };
};

const LoginForm = ({ app, say }: FormProps) => {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const { busy, submit } = useAttempt(say, () => app.signIn(login.trim(), password));
  return (
    <form onSubmit={submit}>
      <Field label="E-mail or user name" value={login} onValue={setLogin} autocomplete="username" autocapitalize="none" spellcheck={false} autofocus required />
      <Field label="Password" type="password" value={password} onValue={setPassword} autocomplete="current-password" required />
      <button type="submit" class="primary" aria-busy={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </button>
    </form>
  );
};

const RegisterForm = ({ app, say }: FormProps) => {
  const [email, setEmail] = useState("");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const { busy, submit } = useAttempt(say, () => app.register(email.trim(), username.trim(), password));
  return (
    <form onSubmit={submit}>
      <Field label="E-mail" type="email" value={email} onValue={setEmail} autocomplete="email" autofocus required />
      <Field
        label="User name"
        hint="Others find you by it. Letters, digits, dot, dash and underscore."
        value={username}
        onValue={setUsername}
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        minLength={3}
        maxLength={32}
        required
      />
      <Field
        label="Password"
        hint="At least 8 characters."
        type="password"
        value={password}
        onValue={setPassword}
        autocomplete="new-password"
        minLength={8}
        maxLength={128}
        required
      />
      <button type="submit" class="primary" aria-busy={busy}>
        {busy ? "Creating…" : "Create account"}
      </button>
    </form>
  );
};
