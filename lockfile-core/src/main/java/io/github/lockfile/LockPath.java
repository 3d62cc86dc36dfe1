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

import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * The path of a lock file, as it was asked for and made absolute, and what can be done at
 * it without opening the file.
 */
final class LockPath {

	private static final char UNDECODABLE = '\uFFFD';

	/**
	 * What Linux allows (limits.h). Other systems allow no more.
	 */
	private static final int NAME_MAX = 255, PATH_MAX = 4096;

	/**
	 * The bits that let the owner of a file read and write it (inode(7)).
	 */
	private static final int OWNER = 0600;

	private final Path path;

	LockPath(Path asked) {
		this.path = asked.toAbsolutePath();
	}

	Path toPath() {
		return this.path;
	}

	/**
	 * Says why the path can never name a lock file, without asking the file system.
	 * @return the reason; empty if there is none
	 */
	String malformed() {
		Path name = this.path.getFileName();
		if (!this.path.getFileSystem().equals(FileSystems.getDefault())) {
			return "it is not on the default file system";
		}
		if (name == null || name.toString().equals(".") || name.toString().equals("..")) {
			return "it is a directory";
		}
		// For bytes of its name that the locale cannot decode, File keeps U+FFFD, but
		// Path makes '?' of them and so names another directory, perhaps "gr??n".
		int undecodable = new File("").getAbsolutePath().indexOf(UNDECODABLE);
		if (undecodable >= 0
				&& this.path.toString().regionMatches(0, Path.of("").toAbsolutePath().toString(), 0, undecodable + 1)) {
			return "the working directory has a name that the locale " + locale()
					+ " cannot decode; use an absolute path, or a UTF-8 locale";
		}
		if (this.path.toString().indexOf(UNDECODABLE) >= 0 && isWhatItsTextNames()) {
			return "it has characters that the locale " + locale() + " could not decode; use a UTF-8 locale";
		}
		return "";
	}

	/**
	 * A path whose bytes are not text cannot be made again from its text. One that can,
	 * although characters in it could not be decoded, was made from the text of another.
	 */
	private boolean isWhatItsTextNames() {
		try {
			return Path.of(this.path.toString()).equals(this.path);
		}
		catch (InvalidPathException ex) {
			return false;
		}
	}

	private static String locale() {
		String locale = null;
		for (String variable : new String[] { "LC_ALL", "LC_CTYPE", "LANG" }) {
			locale = (locale == null || locale.isEmpty()) ? System.getenv(variable) : locale;
		}
		return ((locale == null) ? "POSIX" : locale) + " (" + encoding() + ")";
	}

	private static Charset encoding() {
		return Charset.forName(System.getProperty("sun.jnu.encoding", "US-ASCII"));
	}

	/**
	 * Returns the bytes of the path as the operating system knows them. Only the JDK
	 * knows those that are not text: the bytes of their text name another file.
	 * @return the bytes; none if they are not known
	 */
	byte[] bytes() {
		String text = this.path.toString();
		byte[] bytes = text.getBytes(encoding());
		boolean known = text.indexOf(UNDECODABLE) < 0 && text.equals(new String(bytes, encoding()));
		return known ? bytes : new byte[0];
	}

	/**
	 * Says whether no file system can have the path. It is asked only about a path that
	 * has failed.
	 */
	boolean isTooLong() {
		if (this.path.toString().indexOf(UNDECODABLE) >= 0) {
			// Nobody but the JDK knows its bytes.
			return false;
		}
		for (Path name : this.path) {
			if (length(name) > NAME_MAX) {
				return true;
			}
		}
		return length(this.path) >= PATH_MAX;
	}

	private static int length(Path path) {
		return path.toString().getBytes(encoding()).length;
	}

	Look look() throws IOException {
		return Look.at(this.path);
	}

	Look lookInFull() throws IOException {
		return Look.inFull(this.path);
	}

	/**
	 * Creates the file and the directories above it, unless it exists by now. Checks
	 * first, so that for an impossible path nothing is created on the way.
	 * @return whether the file is a new one and ours
	 */
	boolean create() throws IOException {
		Path parent = Objects.requireNonNull(this.path.getParent());
		Path present = Objects.requireNonNull(this.path.getRoot());
		for (Path name : parent) {
			Path next = present.resolve(name);
			if (!isDirectory(next)) {
				break;
			}
			present = next;
		}
		for (int i = present.getNameCount(); i < this.path.getNameCount(); i++) {
			Path name = this.path.getName(i);
			if (name.toString().equals("..")) {
				throw new NoSuchFileException(parent.toString());
			}
			// A name that the file system refuses is refused in every directory.
			Look.at(present.resolve(name));
		}
		Files.createDirectories(parent);
		try {
			Files.createFile(this.path);
			return true;
		}
		catch (FileAlreadyExistsException ex) {
			// Somebody was faster; the next look shows what is there.
			return false;
		}
	}

	/**
	 * Says whether a directory exists.
	 * @throws IOException if something else is in its place
	 */
	static boolean isDirectory(Path directory) throws IOException {
		try {
			if (!Files.readAttributes(directory, BasicFileAttributes.class).isDirectory()) {
				throw new FileAlreadyExistsException(directory.toString());
			}
			return true;
		}
		catch (NoSuchFileException ex) {
			if (Files.isSymbolicLink(directory)) {
				throw new NoSuchFileException(directory.toString(), Files.readSymbolicLink(directory).toString(), null);
			}
			return false;
		}
	}

	/**
	 * Gives a file that has been created again the group that it had.
	 */
	void restoreGroup(Look before) throws IOException {
		restore("gid", lookInFull().gid(), before.gid(), before);
	}

	/**
	 * Gives a file that has been created again the mode that it had. The group comes
	 * first: a change of it takes bits off the mode (chown(2)). A mode that somebody took
	 * from its owner while it was open would keep us from opening it again.
	 * @return what is not as it was; empty if nothing
	 */
	String restoreMode(Look before) throws IOException {
		int mode = before.mode() | OWNER;
		restore("mode", lookInFull().mode(), mode, before);
		return (mode == before.mode()) ? ""
				: ", but with the mode %o instead of %o, since its owner must read and write it".formatted(mode,
						before.mode());
	}

	private void restore(String attribute, int now, int value, Look before) throws IOException {
		// If the file was moved back meanwhile, it is the one that we hold: setting the
		// mode would open and close it, and so drop the lock.
		if (value >= 0 && now != value && !look().isSameFile(before)) {
			Files.setAttribute(this.path, "unix:" + attribute, value, LinkOption.NOFOLLOW_LINKS);
		}
	}

	/**
	 * Sets the time of the last change, which Files.setLastModifiedTime would open and
	 * close the file for, and so drop the lock.
	 * @return whether it is set; only the owner of the file may (utime(2))
	 */
	boolean touch() {
		return isWhatItsTextNames() && this.path.toFile().setLastModified(System.currentTimeMillis());
	}

}
