import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly type?: "text" | "email" | "password";
  readonly autocomplete: string;
  readonly autocapitalize?: "none";
  readonly autofocus?: boolean;
  readonly spellcheck?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required: boolean;
}

export const Field = ({ label, hint, onValue, type = "text", ...input }: FieldProps) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        // The typings know inputs of one kind at a time.
        type={type as "text"}
        id={id}
        {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
};

/** What went wrong with a form; spoken when it appears. */
export const Problem = ({ words }: { readonly words: string | null }) => (
  <p class="problem" role="alert">
    {words}
  </p>
);
