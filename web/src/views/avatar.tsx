import { hueOf, initialsOf } from "../display.ts";

/** Decoration: the name stands beside it. */
export const Avatar = ({ id, name, group = false, small = false }: { readonly id: string; readonly name: string; readonly group?: boolean; readonly small?: boolean }) => (
  <span class={`avatar hue-${hueOf(id)}${group ? " of-group" : ""}${small ? " small" : ""}`} aria-hidden="true">
    {initialsOf(name)}
  </span>
);
