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
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What a look at a path has shown. Nothing is opened and no link is followed.
 *
 * @param key what tells the file from every other one; null if Java shows none, as on
 * Windows
 * @param accessed the time of the last access, as the file system keeps it
 * @param mode the permissions, {@code gid} the group and {@code links} the number of
 * links; -1 where the file system has none
 */
record Look(Kind kind, @Nullable String key, long size, FileTime modified, FileTime accessed, int mode, int gid,
		int links) {

	private static final FileTime NEVER = FileTime.fromMillis(0);

	private static final Look NOTHING = new Look(Kind.NOTHING, null, 0, NEVER, NEVER, -1, -1, -1);

	private static final boolean UNIX = FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

	private static final int PERMISSIONS = 07777;

	/**
	 * Off in tests only, which then see what a JVM on Windows sees.
	 */
	static boolean keys = true;

	/**
	 * Looks for all but the mode, the group and the number of links, which take the JDK
	 * half as long again.
	 */
	static Look at(Path path) throws IOException {
		try {
			BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class,
					LinkOption.NOFOLLOW_LINKS);
			return new Look(Kind.of(found), key(found.fileKey()), found.size(), found.lastModifiedTime(),
					found.lastAccessTime(), -1, -1, -1);
		}
		catch (NoSuchFileException ex) {
			return NOTHING;
		}
	}

	static Look inFull(Path path) throws IOException {
		if (!UNIX) {
			return at(path);
		}
		try {
			Map<String, Object> found = Files.readAttributes(path,
					"unix:mode,gid,nlink,fileKey,size,lastModifiedTime,lastAccessTime", LinkOption.NOFOLLOW_LINKS);
			int mode = (int) value(found, "mode");
			return new Look(Kind.of(mode), key(found.get("fileKey")), (long) value(found, "size"),
					(FileTime) value(found, "lastModifiedTime"), (FileTime) value(found, "lastAccessTime"),
					mode & PERMISSIONS, (int) value(found, "gid"), (int) value(found, "nlink"));
		}
		catch (NoSuchFileException ex) {
			return NOTHING;
		}
	}

	private static @Nullable String key(@Nullable Object key) {
		return (keys && key != null) ? key.toString() : null;
	}

	private static Object value(Map<String, Object> attributes, String name) {
		return Objects.requireNonNull(attributes.get(name));
	}

	/**
	 * Says whether both looks showed one file, as far as keys tell.
	 */
	boolean isSameFile(Look other) {
		return this.kind == Kind.FILE && other.kind == Kind.FILE && Objects.equals(this.key, other.key);
	}

	boolean isUnchanged(Look other) {
		return this.size == other.size && this.modified.equals(other.modified);
	}

	/**
	 * Says whether the file has not been changed, or not been read, since a time.
	 */
	boolean isUnusedSince(long millis) {
		return Math.min(this.modified.toMillis(), this.accessed.toMillis()) < millis;
	}

	/**
	 * What a path can name.
	 */
	enum Kind {

		NOTHING, FILE, DIRECTORY, LINK, OTHER;

		private static final int TYPE = 0170000;

		/**
		 * See inode(7).
		 */
		private static Kind of(int mode) {
			return switch (mode & TYPE) {
				case 0100000 -> FILE;
				case 0040000 -> DIRECTORY;
				case 0120000 -> LINK;
				default -> OTHER;
			};
		}

		private static Kind of(BasicFileAttributes found) {
			return found.isRegularFile() ? FILE
					: found.isDirectory() ? DIRECTORY : found.isSymbolicLink() ? LINK : OTHER;
		}

	}

}
