/** Finds faults in an identity form before it is sent; the server checks it again. */
import type { IdentityForm } from "@/features/identity/api";
import type { identityMessages } from "@/features/identity/messages";
import { ageOn, isDay } from "@/lib/day";

type Fault = keyof typeof identityMessages;

export type IdentityFaults = Record<keyof IdentityForm, Fault | null>;

const ADULT = 18;
const OLDEST = 120;

export function findIdentityFaults(form: IdentityForm, today: string): IdentityFaults {
  return {
    full_name: findNameFault(form.full_name),
    id_number: findNumberFault(form.id_number),
    date_of_birth: findBirthFault(form.date_of_birth, today),
  };
}

function findNameFault(name: string): Fault | null {
  if (name.trim() === "") return "nameMissing";
  return /\S\s+\S/.test(name.trim()) ? null : "nameShort";
}

/** A national ID has 6 to 9 digits; numbers of passports and alien cards mix letters and digits. */
function findNumberFault(number: string): Fault | null {
  const compact = number.replace(/[\s./-]/g, "");
  if (compact === "") return "idMissing";
  return /^(?=.*\d)[A-Z0-9]{6,12}$/i.test(compact) ? null : "idWrong";
}

function findBirthFault(born: string, today: string): Fault | null {
  if (born === "") return "bornMissing";
  if (!isDay(born)) return "bornWrong";
  const age = ageOn(today, born);
  if (age < 0 || age > OLDEST) return "bornWrong";
  return age < ADULT ? "bornYoung" : null;
}
