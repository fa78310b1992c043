"""Twilio's own SDK, asked over standard input and output, one JSON object a line.

Nothing in here knows how Portner does it: requests are signed, documents built and checked, and
the REST interface called by the SDK alone.
"""

import inspect
import json
import re
import sys
import xml.etree.ElementTree as ET

from twilio.request_validator import RequestValidator
from twilio.twiml import voice_response
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

LANGUAGES = {"da": "da-DK", "en": "en-GB"}


class Params(dict):
    """Parameters of which a name may come many times, as web frameworks hand them over."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs

    def getlist(self, name):
        return [value for other, value in self.pairs if other == name]


def sign(url, params, key, algorithm=None):
    return RequestValidator(key).compute_signature(url, Params(params), algorithm)


def sign_body(url, body, key):
    validator = RequestValidator(key)
    url += ("&" if "?" in url else "?") + "bodySHA256=" + validator.compute_hash(body)
    return {"url": url, "signature": validator.compute_signature(url, {})}


def validate(url, params, key, signature):
    return RequestValidator(key).validate(url, Params(params), signature)


def build(instructions, call, base, voices):
    """The document for Portner's instructions, by the SDK's builder, in canonical form."""
    response = VoiceResponse()
    # What is said straight before a question is spoken within it.
    said = []
    for instruction in instructions:
        if isinstance(instruction, str):
            instruction = {instruction: {}}
        ((kind, told),) = instruction.items()

        def speak(parent, told=told):
            language = told["language"]
            parent.say(told["text"], language=LANGUAGES[language], voice=voices[language])

        if kind == "say":
            said.append(told)
            continue
        for earlier in said if kind != "ask" else []:
            speak(response, earlier)
        if kind == "ask":
            action = f"{base}heard?turn={told['turn']}"
            gather = Gather(
                input="dtmf speech",
                action=action,
                method="POST",
                action_on_empty_result=True,
                language=LANGUAGES[told["language"]],
                num_digits=1,
                profanity_filter=False,
                barge_in=True,
                timeout=told["wait_seconds"],
                speech_timeout=told["pause_seconds"],
                hints=",".join(told["hints"]) if told.get("hints") else None,
            )
            for earlier in said:
                speak(gather, earlier)
            speak(gather)
            response.append(gather)
            response.redirect(action, method="POST")
        elif kind == "dial":
            attempt = told["attempt"]
            dial = Dial(
                action=f"{base}dialled?attempt={attempt}",
                method="POST",
                answer_on_bridge=True,
                timeout=told["ring_seconds"],
            )
            whisper = {}
            if told["whisper"]:
                url = f"{base}whisper?call={call}&attempt={attempt}"
                whisper = {"url": url, "method": "POST"}
            for target in told["targets"]:
                ((noun, address),) = target.items()
                getattr(dial, noun)(address, **whisper)
            response.append(dial)
        elif kind == "whisper":
            action = f"{base}pressed?call={call}&attempt={told['attempt']}"
            gather = Gather(
                input="dtmf",
                action=action,
                method="POST",
                num_digits=1,
                timeout=told["wait_seconds"],
            )
            speak(gather)
            response.append(gather)
            response.redirect(action, method="POST")
        elif kind == "record":
            response.record(
                action=f"{base}recorded?turn={told['turn']}",
                method="POST",
                max_length=told["max_seconds"],
                timeout=5,
                finish_on_key="#",
                play_beep=True,
                trim="trim-silence",
                recording_status_callback=f"{base}recording?turn={told['turn']}",
                recording_status_callback_method="POST",
                recording_status_callback_event="completed",
            )
            response.hangup()
        elif kind == "reject":
            response.reject(reason={"busy": "busy", "declined": "rejected"}[told["cause"]])
        elif kind == "hangup":
            response.hangup()
        elif kind != "bridge":
            raise ValueError(kind)
        said = []
    for earlier in said:
        speak(response, earlier)
    return ET.canonicalize(str(response))


def canonical(xml):
    return ET.canonicalize(xml)


def check(xml):
    """What the SDK's builder could not have written: verbs, nesting, attributes."""
    problems = []

    def snake(name):
        return re.sub("([A-Z])", lambda match: "_" + match.group(1).lower(), name)

    def walk(element, builder):
        for child in element:
            method = getattr(builder, child.tag.lower(), None)
            if method is None:
                problems.append(f"<{child.tag}> in <{element.tag}>")
                continue
            known = inspect.signature(method).parameters
            for name in child.attrib:
                if snake(name) not in known:
                    problems.append(f"{name} of <{child.tag}>")
            walk(child, getattr(voice_response, child.tag))

    root = ET.fromstring(xml.encode())
    if root.tag != "Response" or root.attrib:
        problems.append(f"<{root.tag}> as root")
    walk(root, VoiceResponse)
    return problems


def rest(base_url, account, key, secret, act, **told):
    """One action through the SDK's REST client against another server."""
    from twilio.rest import Client

    client = Client(key, secret, account)
    client.api.base_url = base_url
    client.lookups.base_url = base_url
    if act == "redirect":
        return client.calls(told["call"]).update(twiml=told["twiml"]).sid
    if act == "send_text":
        message = client.messages.create(to=told["to"], from_=told["from"], body=told["body"])
        return message.sid
    if act == "look_up":
        numbers = client.lookups.v2.phone_numbers(told["number"])
        return numbers.fetch(fields="line_type_intelligence,caller_name").valid
    if act == "find":
        numbers = client.incoming_phone_numbers
        return [found.sid for found in numbers.page(phone_number=told["number"], page_size=20)]
    if act == "set":
        found = client.incoming_phone_numbers(told["sid"]).update(
            voice_url=told["voice_url"],
            voice_method="POST",
            voice_fallback_url=told["fallback_url"],
            voice_fallback_method="POST",
            status_callback=told["status_url"],
            status_callback_method="POST",
        )
        return found.sid
    if act == "delete_recording":
        return client.recordings(told["recording"]).delete()
    raise ValueError(act)


ASKED = {
    ask.__name__: ask for ask in (sign, sign_body, validate, build, canonical, check, rest)
}

for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"ok": ASKED[question.pop("ask")](**question)}
    except Exception as error:  # whatever the SDK says is an answer
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
