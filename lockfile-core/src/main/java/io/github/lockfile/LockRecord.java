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

/**
 * The bytes of a lock file: one space, the content and one newline, in UTF-8; nothing at
 * all if the content is empty. They stay as they are from 0.1.0 on.
 */
final class LockRecord {

	/**
	 * Longer files are somebody's data.
	 */
	static final int MAX_LENGTH = 8 * 1024;

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
	 * ours or of {@code zc.lockfile}, possibly cut short by a kill or padded with NUL
	 * bytes by a power loss. Everything else is somebody's data.
	 */
	static boolean mayReplace(byte[] file) {
		int end = file.length;
		while (end > 0 && file[end - 1] == 0) {
			end--;
		}
		if (file.length > MAX_LENGTH || end == 0) {
			return end == 0 && file.length <= MAX_LENGTH;
		}
		String text = new String(file, 0, end, StandardCharsets.UTF_8);
		text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
		boolean digits = !text.isEmpty();
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			digits &= c >= '0' && c <= '9';
			if (Character.isISOControl(c)) {
				return false;
			}
		}
		return digits || text.startsWith(" ");
	}

	/**
	 * Turns the bytes of a record into text for people.
	 */
	static String decode(byte[] file) {
		return clean(new String(file, StandardCharsets.UTF_8));
	}

	/**
	 * Replaces with a space every character that could do more to a terminal or a log
	 * than be printed on one line.
	 */
	static String clean(String text) {
		StringBuilder line = new StringBuilder(text);
		for (int i = 0; i < text.length(); i++) {
			switch (Character.getType(text.codePointAt(i))) {
				case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
					line.setCharAt(i, ' ');
				case Character.SURROGATE -> line.setCharAt(i, '?');
				default -> i += Character.charCount(text.codePointAt(i)) - 1;
			}
		}
		return line.toString();
	}

}
