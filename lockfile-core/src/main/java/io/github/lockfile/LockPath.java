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
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

import io.github.lockfile.LockBackend.NoNativeLockException;
import io.github.lockfile.LockBackend.Unusable;
import org.jspecify.annotations.Nullable;

/**
 * The path of a lock file, as it was asked for and made absolute, and what is there.
 */
final class LockPath {

	private static final boolean UNIX = FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

	private static final char UNDECODABLE = '\uFFFD';

	static final int PERMISSIONS = 07777;

	/**
	 * What strerror(3) says for ENAMETOOLONG. The text of a name does not tell how many
	 * bytes it has.
	 */
	private static final String TOO_LONG = "File name too long";

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
		// File shows it as it was decoded, Path as it was encoded again: perhaps "gr??n".
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
		return ((locale == null) ? "POSIX" : locale) + " (" + System.getProperty("sun.jnu.encoding") + ")";
	}

	/**
	 * Looks at what the path names, without opening it or following a link.
	 */
	Look look() throws IOException {
		try {
			BasicFileAttributes found = Files.readAttributes(this.path, BasicFileAttributes.class,
					LinkOption.NOFOLLOW_LINKS);
			Kind kind = found.isRegularFile() ? Kind.FILE
					: found.isDirectory() ? Kind.DIRECTORY : found.isSymbolicLink() ? Kind.LINK : Kind.OTHER;
			return new Look(kind, text(found.fileKey()), found.size(), found.lastModifiedTime(), -1, -1, -1);
		}
		catch (NoSuchFileException ex) {
			return Look.NOTHING;
		}
	}

	/**
	 * Looks at what the path names, together with its mode, group and number of links
	 * where the file system has them.
	 */
	Look lookClosely() throws IOException {
		if (!UNIX) {
			return look();
		}
		try {
			Map<String, Object> found = Files.readAttributes(this.path,
					"unix:mode,gid,nlink,fileKey,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
			int mode = (int) value(found, "mode");
			return new Look(Kind.of(mode), text(found.get("fileKey")), (long) value(found, "size"),
					(FileTime) value(found, "lastModifiedTime"), mode & PERMISSIONS, (int) value(found, "gid"),
					(int) value(found, "nlink"));
		}
		catch (NoSuchFileException ex) {
			return Look.NOTHING;
		}
	}

	/**
	 * All of a key that a look without the JDK can make, too.
	 */
	private static @Nullable String text(@Nullable Object key) {
		return (key != null) ? key.toString() : null;
	}

	private static Object value(Map<String, Object> attributes, String name) {
		return Objects.requireNonNull(attributes.get(name));
	}

	/**
	 * Creates the file and the directories above it, unless it exists by now. Checks
	 * first, so that for an impossible path nothing is created on the way.
	 */
	void create() throws IOException {
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
			new LockPath(present.resolve(name)).look();
		}
		Files.createDirectories(parent);
		try {
			Files.createFile(this.path);
		}
		catch (FileAlreadyExistsException ex) {
			// Somebody was faster; the next look shows what is there.
		}
	}

	/**
	 * Says whether a directory exists.
	 * @throws IOException if something else is in its place
	 */
	private static boolean isDirectory(Path directory) throws IOException {
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
	 * Gives a file that has been created again the mode and group that it had.
	 * @return what could not be given back; empty if nothing
	 */
	String restoreOwners(Look before) throws IOException {
		Look now = lookClosely();
		if (now.kind != Kind.FILE || now.isSameFile(before)) {
			// It was moved back meanwhile. Setting the mode would open and close the
			// file, which drops the lock.
			return "";
		}
		// The group first: a change of it takes bits off the mode (chown(2)).
		String failure = (now.gid != before.gid) ? set("gid", before.gid) : "";
		return failure + ((now.mode != before.mode || now.gid != before.gid) ? set("mode", before.mode) : "");
	}

	private String set(String attribute, int value) {
		try {
			Files.setAttribute(this.path, "unix:" + attribute, value, LinkOption.NOFOLLOW_LINKS);
			return "";
		}
		catch (IOException ex) {
			return ", but without the " + (attribute.equals("gid") ? "group" : "mode") + " that it had: "
					+ unusable(ex).reason();
		}
	}

	/**
	 * Keeps cleaners of temporary files away. Files.setLastModifiedTime would open and
	 * close the file, which drops the lock.
	 */
	void touch(long millis) {
		if (isWhatItsTextNames() && !this.path.toFile().setLastModified(millis)) {
			// Only its owner may touch it (utime(2)), and the lock is no worse for that.
			return;
		}
	}

	/**
	 * Finds the true reason of a failure.
	 */
	Unusable unusable(IOException failure) {
		if (failure instanceof NoNativeLockException) {
			return Unusable.withoutNativeLock(String.valueOf(failure.getMessage()), true);
		}
		IOException cause = failure;
		try {
			Path directory = Objects.requireNonNull(this.path.getRoot());
			for (Path name : Objects.requireNonNull(this.path.getParent())) {
				directory = directory.resolve(name);
				if (!isDirectory(directory)) {
					break;
				}
			}
		}
		catch (IOException ex) {
			cause = ex;
		}
		String reason = reason(cause);
		return new Unusable(reason, !(cause instanceof FileAlreadyExistsException || reason.startsWith(TOO_LONG)),
				failure);
	}

	private static String reason(IOException ex) {
		if (!(ex instanceof FileSystemException failed)) {
			return (ex.getMessage() != null) ? ex.getMessage() : ex.toString();
		}
		String file = "'" + failed.getFile() + "'";
		if (ex instanceof AccessDeniedException) {
			return "permission denied for " + file;
		}
		if (ex instanceof FileAlreadyExistsException) {
			return file + " is not a directory";
		}
		if (ex instanceof NoSuchFileException) {
			return (failed.getOtherFile() != null)
					? file + " is a link to '" + failed.getOtherFile() + "', which does not exist"
					: file + " does not exist";
		}
		return (failed.getReason() != null) ? failed.getReason() + ": " + file : ex.toString();
	}

	/**
	 * What a path can name.
	 */
	enum Kind {

		NOTHING(""), FILE(""), DIRECTORY("it is a directory"),
		// Whoever made the link could have us write to any file.
		LINK("it is a symbolic link"), OTHER("it is not a regular file");

		private static final int TYPE = 0170000;

		/**
		 * Why it cannot be locked.
		 */
		final String objection;

		Kind(String objection) {
			this.objection = objection;
		}

		/**
		 * See inode(7).
		 */
		static Kind of(int mode) {
			return switch (mode & TYPE) {
				case 0100000 -> FILE;
				case 0040000 -> DIRECTORY;
				case 0120000 -> LINK;
				default -> OTHER;
			};
		}

	}

	/**
	 * What a look at a path has shown.
	 */
	record Look(Kind kind, @Nullable String key, long size, FileTime modified, int mode, int gid, int links) {

		static final Look NOTHING = new Look(Kind.NOTHING, null, 0, FileTime.fromMillis(0), -1, -1, -1);

		boolean isSameFile(Look other) {
			return this.kind == Kind.FILE && other.kind == Kind.FILE && Objects.equals(this.key, other.key);
		}

		boolean isUnchanged(Look other) {
			return this.size == other.size && this.modified.equals(other.modified);
		}

	}

}
