type Option<Value> = { value: Value; label: string; disabled?: boolean };

type Props<Value> = {
  legend: string;
  name: string;
  options: readonly Option<Value>[];
  chosen: Value;
  onChoose: (value: Value) => void;
};

/** A few choices side by side: radio buttons styled as chips. */
export function RadioRow<Value extends string | number>(props: Props<Value>) {
  const { legend, name, options, chosen, onChoose } = props;
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">{legend}</legend>
      {options.map(({ value, label, disabled = false }) => (
        <label
          key={value}
          className="relative grid min-h-touch min-w-max flex-1 cursor-pointer place-items-center rounded-control border border-line-strong px-1 text-center font-semibold has-checked:border-brand has-checked:bg-brand-soft has-checked:text-on-brand-soft has-disabled:cursor-not-allowed has-disabled:border-line has-disabled:text-ink-soft has-disabled:line-through has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-(--ring)"
        >
          <input
            type="radio"
            name={name}
            value={value}
            disabled={disabled}
            checked={chosen === value}
            onChange={() => {
              onChoose(value);
            }}
            className="absolute inset-0 cursor-[inherit] opacity-0"
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
