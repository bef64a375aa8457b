/** A name of the web's that the generated client uses and that Node's types do not have globally. */
type BodyInit = import("undici-types").BodyInit;
