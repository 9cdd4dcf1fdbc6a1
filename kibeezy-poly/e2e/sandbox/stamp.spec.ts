import { tellOfStamp } from "../stamp";

tellOfStamp("sandbox");
