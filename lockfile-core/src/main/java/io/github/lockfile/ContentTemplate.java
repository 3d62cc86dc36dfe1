/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a holder records in its lock file: text with placeholders.
 * <ul>
 * <li><code>{pid}</code>: the process ID of this JVM, as its own PID namespace numbers
 * it</li>
 * <li><code>{hostname}</code>: the name of this host; on Linux the kernel's (what the
 * command <code>hostname</code> prints), elsewhere that of the environment or the
 * network; {@code unknown-host} if none of them has one</li>
 * <li><code>{user}</code>: the user that runs this JVM</li>
 * <li><code>{timestamp}</code>: when the lock was acquired, ISO-8601 in UTC, in whole
 * seconds</li>
 * <li><code>{{</code> and <code>}}</code>: a brace</li>
 * </ul>
 * Instances are immutable and safe for use by several threads.
 *
 * @since 0.1.0
 */
public final class ContentTemplate {

	private static final Set<String> PLACEHOLDERS = Set.of("{pid}", "{hostname}", "{user}", "{timestamp}");

	private static final String HELP = "Known placeholders: {pid}, {hostname}, {user}, {timestamp}.";

	private final String text;

	/**
	 * Literal text and placeholders in turn; text comes first and last, even if empty.
	 */
	private final List<String> parts;

	private ContentTemplate(String text, List<String> parts) {
		this.text = text;
		this.parts = parts;
	}

	/**
	 * Parses a template.
	 * @param text the template, for example <code>{pid};{hostname}</code>; if empty,
	 * nothing is recorded and the file's present content is left alone
	 * @return the template
	 * @throws IllegalArgumentException if there is a control character, a line or
	 * paragraph separator, half a surrogate pair, or a character that changes the
	 * direction of text; if a brace has no partner or a placeholder is not known, and
	 * then the message lists the known ones
	 */
	public static ContentTemplate of(String text) {
		Objects.requireNonNull(text, "text");
		String clean = LockRecord.clean(text);
		for (int i = 0; i < text.length(); i++) {
			if (text.charAt(i) != clean.charAt(i)) {
				throw new IllegalArgumentException(
						"Content template '%s' has the character U+%04X at index %d; a lock file holds one line of text."
							.formatted(clean, (int) text.charAt(i), i));
			}
		}
		List<String> parts = new ArrayList<>();
		StringBuilder literal = new StringBuilder();
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c != '{' && c != '}') {
				literal.append(c);
			}
			else if (i + 1 < text.length() && text.charAt(i + 1) == c) {
				literal.append(c);
				i++;
			}
			else {
				int end = (c == '{') ? text.indexOf('}', i) : -1;
				if (end == -1) {
					throw new IllegalArgumentException("Content template '" + text + "' has '" + c
							+ "' without its partner at index " + i + "; write '" + c + c + "' for a brace. " + HELP);
				}
				parts.add(literal.toString());
				literal.setLength(0);
				parts.add(placeholder(text, text.substring(i, end + 1)));
				i = end;
			}
		}
		parts.add(literal.toString());
		return new ContentTemplate(text, List.copyOf(parts));
	}

	private static String placeholder(String text, String token) {
		if (!PLACEHOLDERS.contains(token)) {
			throw new IllegalArgumentException(
					"Content template '" + text + "' has the unknown placeholder '" + token + "'. " + HELP);
		}
		return token;
	}

	String render(Instant acquiredAt) throws IOException {
		StringBuilder content = new StringBuilder();
		for (int i = 0; i < this.parts.size(); i++) {
			String part = this.parts.get(i);
			content.append((i % 2 == 0) ? part : value(part, acquiredAt));
		}
		// A host or user name may have any character.
		return LockRecord.clean(content.toString());
	}

	private static String value(String placeholder, Instant acquiredAt) throws IOException {
		return switch (placeholder) {
			case "{pid}" -> LocalSystem.PID;
			case "{hostname}" -> LocalSystem.hostName();
			case "{user}" -> System.getProperty("user.name", "");
			case "{timestamp}" -> acquiredAt.truncatedTo(ChronoUnit.SECONDS).toString();
			default -> throw new IllegalArgumentException(placeholder);
		};
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof ContentTemplate template && this.text.equals(template.text);
	}

	@Override
	public int hashCode() {
		return this.text.hashCode();
	}

	/**
	 * Returns the text this template was parsed from.
	 * @return the text
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
