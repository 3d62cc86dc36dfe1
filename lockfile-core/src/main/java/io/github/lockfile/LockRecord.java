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

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The bytes of a lock file: one space, the content and one newline, in UTF-8; nothing at
 * all if the content is empty. They stay as they are from 0.1.0 on.
 */
final class LockRecord {

	/**
	 * Longer files are somebody's data.
	 */
	static final int MAX_LENGTH = 8 * 1024;

	private static final String PADDING = "\0 \t\r\n";

	private static final Pattern PROCESS_ID = Pattern.compile("[0-9]*");

	private static final Pattern RECORD = Pattern.compile(" \\P{Cc}*");

	/**
	 * The marks, embeddings, overrides and isolates of the bidirectional algorithm
	 * (Unicode Standard Annex 9), and the deprecated controls of Unicode that swap and
	 * shape.
	 */
	private static final String REORDERING = "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E"
			+ "\u2066\u2067\u2068\u2069\u206A\u206B\u206C\u206D\u206E\u206F";

	private final String content;

	private final byte[] bytes;

	LockRecord(String content) {
		this.content = content;
		this.bytes = content.isEmpty() ? new byte[0] : (" " + content + "\n").getBytes(StandardCharsets.UTF_8);
		if (this.bytes.length > MAX_LENGTH) {
			throw new IllegalArgumentException("The content has " + (this.bytes.length - 2) + " bytes, more than the "
					+ (MAX_LENGTH - 2) + " that a lock file may have");
		}
	}

	String content() {
		return this.content;
	}

	boolean isEmpty() {
		return this.bytes.length == 0;
	}

	int length() {
		return this.bytes.length;
	}

	byte[] bytes() {
		return this.bytes;
	}

	boolean isAllOf(byte[] file) {
		return Arrays.equals(this.bytes, file);
	}

	/**
	 * Says whether a file may be overwritten: if it is empty, a PID file, or a record of
	 * ours or of {@code zc.lockfile}, possibly cut short by a kill, padded with NUL bytes
	 * by a power loss, or with white space at the end. Everything else is somebody's
	 * data.
	 */
	static boolean mayReplace(byte[] file) {
		if (file.length > MAX_LENGTH) {
			return false;
		}
		int end = file.length;
		while (end > 0 && PADDING.indexOf(file[end - 1]) >= 0) {
			end--;
		}
		String text = new String(file, 0, end, StandardCharsets.UTF_8);
		return PROCESS_ID.matcher(text).matches() || RECORD.matcher(text).matches();
	}

	/**
	 * Turns the bytes of a record into text for people.
	 */
	static String decode(byte[] file) {
		return clean(new String(file, StandardCharsets.UTF_8));
	}

	/**
	 * Replaces with a space every character that moves a cursor, reorders what is around
	 * it or breaks a line, so that a terminal and a log show the text as one line.
	 * Characters that only join others, as in some emoji, are left.
	 */
	static String clean(String text) {
		StringBuilder line = new StringBuilder(text);
		for (int i = 0; i < text.length(); i++) {
			int character = text.codePointAt(i);
			switch (Character.getType(character)) {
				case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
					line.setCharAt(i, ' ');
				case Character.SURROGATE -> line.setCharAt(i, '?');
				default -> {
					if (REORDERING.indexOf(character) >= 0) {
						line.setCharAt(i, ' ');
					}
					i += Character.charCount(character) - 1;
				}
			}
		}
		return line.toString();
	}

}
